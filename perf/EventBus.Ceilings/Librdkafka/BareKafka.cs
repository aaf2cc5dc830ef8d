using System.Globalization;
using System.Runtime.InteropServices;
using HdrHistogram;

namespace EventBus.Ceilings.Librdkafka;

/// <summary>
/// The ceiling of everything that produces: librdkafka from a native loop, with delivery reports taken as event arrays by a thread of
/// their own. The allocator is the caller's choice, by LD_PRELOAD.
/// </summary>
internal sealed unsafe class BareKafka
{
    private readonly nint _handle;
    private readonly nint _queue;
    private readonly RecordTemplate _template;
    private readonly LongHistogram _latency = Histograms.Create();
    private long _produced;
    private long _acknowledged;
    private long _failed;
    private volatile bool _measuring;
    private volatile bool _over;

    private BareKafka(nint handle, nint topic)
    {
        _handle = handle;
        _queue = Native.rd_kafka_queue_get_main(handle);
        _template = new(topic, TimeProvider.System);
    }

    public static int Run(Options options)
    {
        var seconds = options.Number("--seconds", 0);
        var count = (long)options.Number("--count", 0);
        var rate = options.Number("--rate", 0);
        var settings = new (string, string)[]
        {
            ("bootstrap.servers", options.Text("--brokers")),
            ("client.id", "bare-kafka"),
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("compression.type", "lz4"),
            ("linger.ms", options.Number("--linger", 5).ToString(CultureInfo.InvariantCulture)),
            ("queue.buffering.max.messages", options.Integer("--max-in-flight", 100_000).ToString(CultureInfo.InvariantCulture)),
            ("queue.buffering.max.kbytes", "262144"),
            ("enable.metrics.push", "false"),
        };
        var topicName = options.Text("--topic", SampleEvents.Topic);
        options.Done();
        if (seconds == 0 && count == 0)
            throw new OptionException("--seconds or --count is required");

        var handle = Native.NewProducer(settings);
        var topic = Native.NewTopic(handle, topicName);
        var run = new BareKafka(handle, topic);
        var reports = new Thread(run.TakeReports) { Name = "delivery reports" };
        reports.Start();
        run.WarmUp();
        run.Measure(seconds, count, rate).Print();
        run._over = true;
        reports.Join();
        Native.rd_kafka_queue_destroy(run._queue);
        Native.rd_kafka_topic_destroy(topic);
        Native.rd_kafka_destroy(handle);
        return 0;
    }

    /// <summary>So many records that each partition has some: connecting and the first metadata are outside the measured time.</summary>
    private void WarmUp()
    {
        for (var i = 0; i < SampleEvents.Count; i++)
            Produce(Clock.Micros);
        AwaitAll();
    }

    private Report Measure(double seconds, long count, double rate)
    {
        // A number of records is measured from the first to the last acknowledgement, a time from one full second on: by then as much is
        // in flight as will be at the end.
        if (count == 0)
            ProduceUntil(Clock.Micros + 1_000_000, long.MaxValue, rate);
        var before = Volatile.Read(ref _acknowledged);
        var first = _produced;
        var cpu = Clock.CpuMicros;
        var start = Clock.Micros;
        _measuring = true;
        ProduceUntil(count > 0 ? long.MaxValue : start + (long)(seconds * 1e6), count > 0 ? count : long.MaxValue, rate);
        if (count > 0)
            AwaitAll();
        var elapsed = (Clock.Micros - start) / 1e6;
        var events = Volatile.Read(ref _acknowledged) - before;
        var spent = Clock.CpuMicros - cpu;
        var produced = _produced - first;
        _measuring = false;
        AwaitAll();
        return new(events, elapsed, events / elapsed, _acknowledged, _failed, spent / Math.Max(1, produced), Percentiles.Of(_latency));
    }

    private void ProduceUntil(long end, long count, double rate)
    {
        var start = Clock.Micros;
        for (long n = 0; n < count && Clock.Micros < end; n++)
        {
            var intended = rate > 0 ? start + (long)(n * 1e6 / rate) : Clock.Micros;
            while (rate > 0 && intended > Clock.Micros)
                Libc.Sleep(Math.Max(intended - Clock.Micros, Clock.TickMicros));
            Produce(intended);
        }
    }

    private void Produce(long intended)
    {
        fixed (ProduceField* fields = _template.Next(_produced, (nint)intended))
        {
            var error = Native.rd_kafka_produceva(_handle, fields, 12);
            if (error != 0)
                throw new InvalidOperationException(Marshal.PtrToStringUTF8(Native.rd_kafka_error_string(error)));
        }

        Volatile.Write(ref _produced, _produced + 1);
    }

    private void AwaitAll()
    {
        while (Volatile.Read(ref _acknowledged) + Volatile.Read(ref _failed) < _produced)
            Thread.Sleep(1);
    }

    private void TakeReports()
    {
        const int Most = 1024;
        var messages = stackalloc Message*[Most];
        while (!_over)
        {
            var taken = Native.rd_kafka_queue_poll(_queue, 100);
            if (taken == 0)
                continue;
            nuint count;
            while (Native.rd_kafka_event_type(taken) == Native.EventDeliveryReport
                && (count = Native.rd_kafka_event_message_array(taken, messages, Most)) > 0)
                Count(messages, (int)count);
            Native.rd_kafka_event_destroy(taken);
        }
    }

    private void Count(Message** messages, int count)
    {
        var now = Clock.Micros;
        var good = 0;
        for (var i = 0; i < count; i++)
        {
            if (messages[i]->Error != 0)
                continue;
            good++;
            if (_measuring)
                Histograms.Record(_latency, now - messages[i]->Opaque);
        }

        Volatile.Write(ref _failed, _failed + count - good);
        Volatile.Write(ref _acknowledged, _acknowledged + good);
    }
}
