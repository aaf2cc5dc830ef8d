using System.Runtime.InteropServices;

namespace EventBus.Ceilings.Librdkafka;

/// <summary>librdkafka's mock cluster in a process of its own, so that its cost is not counted as anybody else's.</summary>
internal static class MockCluster
{
    public static int Run(Options options)
    {
        var brokers = options.Integer("--brokers", 1);
        var partitions = options.Integer("--partitions", 6);
        var topic = options.Text("--topic", SampleEvents.Topic);
        options.Done();

        using var stop = new ManualResetEventSlim();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

        var handle = Native.NewProducer([("client.id", "mock-cluster")]);
        var cluster = Native.rd_kafka_mock_cluster_new(handle, brokers);
        if (cluster == 0)
            throw new InvalidOperationException("the mock cluster did not start");
        var failed = Native.rd_kafka_mock_topic_create(cluster, topic, partitions, 1);
        if (failed != 0)
            throw new InvalidOperationException($"topic {topic}: {Marshal.PtrToStringUTF8(Native.rd_kafka_err2str(failed))}");
        Console.WriteLine(Marshal.PtrToStringUTF8(Native.rd_kafka_mock_cluster_bootstraps(cluster)));
        stop.Wait();
        Native.rd_kafka_mock_cluster_destroy(cluster);
        Native.rd_kafka_destroy(handle);
        return 0;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Set();
        }
    }
}
