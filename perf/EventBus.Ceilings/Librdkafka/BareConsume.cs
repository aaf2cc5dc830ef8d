using Confluent.Kafka;

namespace EventBus.Ceilings.Librdkafka;

/// <summary>What Confluent.Kafka allocates, and takes, to consume a topic from its start and do nothing with it.</summary>
internal static class BareConsume
{
    public static int Run(Options options)
    {
        var brokers = options.Text("--brokers");
        var topic = options.Text("--topic", SampleEvents.Topic);
        var count = (long)options.Number("--count", 0);
        options.Done();
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = brokers,
            GroupId = $"bare-consume-{Environment.ProcessId}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        }).Build();
        consumer.Subscribe(topic);
        Take(consumer);
        var (allocated, cpu, began) = (GC.GetTotalAllocatedBytes(precise: true), Clock.CpuMicros, Clock.Micros);
        for (var i = 1L; i < count; i++)
            Take(consumer);
        var elapsed = Clock.Micros - began;
        Console.WriteLine(FormattableString.Invariant(
            $"{{\"records_per_second\":{count * 1e6 / elapsed:F0},\"allocated_bytes_per_record\":{(GC.GetTotalAllocatedBytes(precise: true) - allocated) / (double)count:F1},\"cpu_micros_per_record\":{(Clock.CpuMicros - cpu) / (double)count:F2}}}"));
        consumer.Close();
        return 0;
    }

    /// <summary>The headers too: they are made when they are asked for.</summary>
    private static void Take(IConsumer<byte[], byte[]> consumer)
    {
        var result = consumer.Consume(TimeSpan.FromSeconds(30)) ?? throw new OptionException("the topic has fewer records than --count");
        foreach (var header in result.Message.Headers)
            _ = header.GetValueBytes();
    }
}
