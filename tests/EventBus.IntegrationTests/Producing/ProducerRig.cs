using System.Text;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Settings;
using EventBus.Core.Topics;
using EventBus.Kafka.Client;
using EventBus.Kafka.Producing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.IntegrationTests.Producing;

/// <summary>Ring, ledger and producer as the gateway puts them together, without HTTP in front.</summary>
internal sealed class ProducerRig : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly EventRing _ring = new(8 * 1024 * 1024);
    private readonly PublishLedger _ledger;
    private readonly EventSeries _series = new("game.events", "game.kill");

    public ProducerRig(string brokers)
    {
        _ledger = new PublishLedger(Admission, TimeProvider.System);
        Producer = new KafkaProducer(
            KafkaClientProperties.Producer(new KafkaSettings { Brokers = brokers }, new ProducerLimits(70_000, 300_000, 0.5)), _ring, _ledger,
            TimeSpan.FromMilliseconds(4), NullLogger<KafkaProducer>.Instance);
        Producer.Start();
    }

    public Admission Admission { get; } = new(65_536, 256L * 1024 * 1024);

    public KafkaProducer Producer { get; }

    public long Published => _series.Published;

    /// <summary>Writes events to the ring as one sealed batch.</summary>
    public PublishBatch Submit(Topic topic, params IReadOnlyList<(string Key, byte[] Value)> events)
    {
        var batch = _ledger.TryRent(PublishLedger.GroupCapacity)!;
        var writer = FrameWriter.ForThread;
        foreach (var (key, value) in events)
        {
            writer.Start();
            writer.Value(value);
            writer.Key(Encoding.UTF8.GetBytes(key));
            writer.Header(RecordHeaderNames.Id, Encoding.UTF8.GetBytes(key));
            writer.Header(default, "own"u8, "é"u8);
            var frame = writer.Finish(topic.Index);
            Assert.True(Admission.TryEnter(EventPriority.Critical, frame.Length));
            var ticket = batch.AddPending(Encoding.UTF8.GetBytes(key), topic, _series, frame.Length);
            while (!_ring.TryWrite(frame, ticket))
            {
                _ring.Wake();
                Thread.Sleep(1);
            }
        }

        batch.Seal();
        _ring.Wake();
        return batch;
    }

    /// <summary>The outcomes of a batch, once all are known.</summary>
    public static async Task<IReadOnlyList<PublishItem>> OutcomesOf(PublishBatch batch)
    {
        await batch.WaitAsync().AsTask().WaitAsync(Patience);
        var items = batch.Items.ToArray();
        batch.Return();
        Assert.DoesNotContain(items, i => i.State == PublishState.Pending);
        return items;
    }

    public void Dispose()
    {
        Producer.Dispose();
        _ring.Dispose();
    }
}
