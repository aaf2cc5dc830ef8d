using System.Diagnostics;
using EventBus.Core.Buffering;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;
using EventBus.Kafka.Topics;
using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Producing;

/// <summary>
/// Takes events out of the ring and into Kafka, and their acknowledgements back to the ledger, with two threads: one drains and produces,
/// one reads delivery reports. After a fatal error of the idempotent producer it answers what waits honestly and starts a new one.
/// </summary>
public sealed unsafe partial class KafkaProducer : IDisposable
{
    private const int Burst = 4096;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RoomTimeout = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<KeyValuePair<string, string>> _properties;
    private readonly EventRing _ring;
    private readonly PublishLedger _ledger;
    private readonly ILogger<KafkaProducer> _logger;
    private readonly GatherPolicy _gather;
    private readonly OutcomeCollector _refusals;
    private readonly Thread _drainer;
    private readonly EventRing.FrameHandler _handOver;
    private NativeProducer _native;
    private DeliveryReader _deliveries;
    private long _drainedBytes;
    private int _stopped;
    private volatile bool _stopping;
    private volatile bool _fatal;
    private volatile bool _rebuilding;

    /// <param name="properties">librdkafka's properties.</param>
    /// <param name="ring">Where events come from.</param>
    /// <param name="ledger">Where outcomes go.</param>
    /// <param name="gathering">The longest time that events are gathered before they are handed over.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="InvalidOperationException">librdkafka refuses a property; the message names it.</exception>
    public KafkaProducer(
        IReadOnlyList<KeyValuePair<string, string>> properties, EventRing ring, PublishLedger ledger, TimeSpan gathering,
        ILogger<KafkaProducer> logger)
    {
        _properties = properties;
        _ring = ring;
        _ledger = ledger;
        _logger = logger;
        _gather = new GatherPolicy(gathering);
        _refusals = new OutcomeCollector(ledger);
        _handOver = HandOver;
        _native = new NativeProducer(properties);
        _deliveries = new DeliveryReader(this, _native);
        _drainer = new Thread(Drain) { Name = "kafka-drainer", IsBackground = true };
    }

    /// <summary>False while a failed producer is being replaced: nothing should be let in then.</summary>
    public bool IsAvailable => !_rebuilding;

    /// <summary>Connections that sent an event of late, asked once per hand-over: when a quarter of them wait, gathering ends.</summary>
    public Func<int> Senders { get; set; } = static () => 0;

    /// <summary>Events handed over per second, smoothed over some 50 ms.</summary>
    public double Rate => _gather.Rate;

    /// <summary>Hand-overs from ring to librdkafka.</summary>
    public long HandOvers { get; private set; }

    /// <summary>Events acknowledged.</summary>
    public long Delivered => _deliveries.Delivered;

    /// <summary>Events that librdkafka gave up, or whose outcome it does not know.</summary>
    public long Failed => _deliveries.Failed;

    /// <summary>Producers rebuilt after a fatal error.</summary>
    public long Rebuilds { get; private set; }

    /// <summary>librdkafka's newest statistics: its own JSON, empty before the first.</summary>
    public ReadOnlyMemory<byte> Statistics => _deliveries.Statistics;

    /// <summary>Takes a duration in seconds, from admission to acknowledgement, once per delivery report of many events.</summary>
    public Action<EventSeries, double>? OnDuration { get; set; }

    /// <summary>Starts both threads.</summary>
    public void Start()
    {
        _deliveries.Start();
        _drainer.Start();
    }

    /// <summary>
    /// Hands over what is in the ring, waits for its acknowledgements for at most <paramref name="timeout"/>, and ends. What is then still
    /// open is answered as unknown. Nothing may be let in any more when this is called.
    /// </summary>
    public void Stop(TimeSpan timeout)
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
            return;
        var started = Stopwatch.GetTimestamp();
        _stopping = true;
        _ring.Interrupt();
        if (!_drainer.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted))
            FinishWhatWaits(timeout, started);
        Discard(_native);
    }

    private void FinishWhatWaits(TimeSpan timeout, long started)
    {
        _drainer.Join(timeout);
        while (_native.Outstanding > 0 && Stopwatch.GetElapsedTime(started) < timeout)
        {
            // Flush also ends librdkafka's lingering; the reports come to the reader's thread.
            _native.Flush(20);
        }

        if (_native.Outstanding > 0)
        {
            LogAbandoned(_native.Outstanding);
            _native.Purge();
            WaitForReports(TimeSpan.FromSeconds(1));
        }

        _deliveries.Stop();
        _ledger.Expire(TimeSpan.Zero);
    }

    /// <inheritdoc />
    public void Dispose() => Stop(TimeSpan.Zero);

    /// <summary>For tests: fails as an idempotent producer does for good.</summary>
    internal void RaiseFatalError(string reason) => _native.RaiseFatalError(OutOfOrderSequence, reason);

    private const int OutOfOrderSequence = 45;

    private void Drain()
    {
        try
        {
            var last = Stopwatch.GetTimestamp();
            while (true)
            {
                if (_fatal)
                    Rebuild();
                if (_ring.IsEmpty)
                {
                    if (_stopping)
                        return;
                    _ring.Park(1, Idle);
                    continue;
                }

                if (!_stopping && _gather.Time is { Ticks: > 0 } time)
                    _ring.Park(Math.Min(_gather.EnoughBytes(Senders()), _ring.Capacity / 4), time);
                _drainedBytes = 0;
                var events = _ring.Drain(_handOver, Burst);
                if (events == 0)
                {
                    // A producer is between claim and publish: let it run.
                    Thread.Yield();
                    continue;
                }

                _refusals.Flush();
                HandOvers++;
                var now = Stopwatch.GetTimestamp();
                _gather.Observe(events, _drainedBytes, Stopwatch.GetElapsedTime(last, now).TotalSeconds);
                last = now;
            }
        }
        catch (Exception e)
        {
            LogThreadDied("drainer", e);
            Environment.FailFast("The drainer ended: no event would be published any more.", e);
        }
    }

    private void HandOver(FrameHead* frame)
    {
        _drainedBytes += frame->Length;
        var topic = _ledger.TopicOf(frame->Ticket);
        if (topic.State.UnderMinimum is { } under && IsUnder(under, frame))
        {
            _refusals.Refused(frame->Ticket, DeliveryErrors.TooFewReplicas);
            return;
        }

        var error = _native.Produce(frame, topic);
        if (error == DeliveryErrors.QueueFull)
            error = ProduceWhenThereIsRoom(frame, topic);
        if (error == 0)
            return;
        if (error == DeliveryErrors.Fatal)
            _fatal = true;
        _refusals.Refused(frame->Ticket, error == DeliveryErrors.QueueFull ? DeliveryErrors.NoRoom : DeliveryErrors.NotStored(error));
    }

    /// <summary>Whether the key's partition has too few replicas in sync: librdkafka would try for as long as the message lives.</summary>
    private static bool IsUnder(bool[] under, FrameHead* frame)
    {
        var key = new ReadOnlySpan<byte>((byte*)(frame + 1) + frame->ValueLength, frame->KeyLength);
        return under[Murmur2.Partition(key, under.Length)];
    }

    private int ProduceWhenThereIsRoom(FrameHead* frame, Topic topic)
    {
        var started = Stopwatch.GetTimestamp();
        int error;
        do
        {
            // Admission keeps within librdkafka's bounds, so this is for operators who lowered them: it holds the ring up, as it should.
            _refusals.Flush();
            Thread.Sleep(1);
            error = _native.Produce(frame, topic);
        }
        while (error == DeliveryErrors.QueueFull && !_stopping && Stopwatch.GetElapsedTime(started) < RoomTimeout);
        return error;
    }

    private void OnFatal(string reason)
    {
        LogFatal(reason);
        _rebuilding = true;
        _fatal = true;
        _ring.Interrupt();
    }

    private void Rebuild()
    {
        _rebuilding = true;
        var waiting = _native.Outstanding;
        _native.Purge();
        // All of them: whoever's report is missed keeps its place among the events in flight for good.
        WaitForReports(TimeSpan.FromSeconds(15));
        if (_deliveries.Stop())
            Discard(_native);
        var native = new NativeProducer(_properties);
        var deliveries = new DeliveryReader(this, native, _deliveries);
        (_native, _deliveries) = (native, deliveries);
        _deliveries.Start();
        Rebuilds++;
        _fatal = false;
        _rebuilding = false;
        LogRebuilt(waiting);
    }

    private void WaitForReports(TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        while (_native.Outstanding > 0 && Stopwatch.GetElapsedTime(started) < timeout)
            Thread.Sleep(5);
    }

    /// <summary>Destroying may hang on a connection: the thread is abandoned then.</summary>
    private static void Discard(NativeProducer native)
    {
        var thread = new Thread(native.Destroy) { Name = "kafka-destroy", IsBackground = true };
        thread.Start();
        thread.Join(TimeSpan.FromSeconds(2));
    }
}
