using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;

namespace EventBus.TestKit.Records;

/// <summary>A producer of another hand: writes CloudEvents straight to Kafka, as services do that do not use the gateway.</summary>
public sealed class EventWriter : IDisposable
{
    /// <summary>The source of all its events.</summary>
    public const string Source = "another-producer";

    private readonly IProducer<byte[]?, byte[]?> _producer;

    /// <summary>A writer to the cluster at <paramref name="bootstrapServers"/>; with an id it writes in transactions.</summary>
    public EventWriter(string bootstrapServers, string? transactionalId = null)
    {
        _producer = new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            LingerMs = 2,
            TransactionalId = transactionalId,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        if (transactionalId is not null)
            _producer.InitTransactions(TimeSpan.FromSeconds(30));
    }

    /// <summary>The ids of the events that Kafka acknowledged.</summary>
    public ConcurrentDictionary<string, bool> Acknowledged { get; } = new();

    /// <summary>Writes an event in the binding's binary mode, and does not wait.</summary>
    public void Write(string topic, string id, string payload, string? key = null) => Produce(topic, id, key, payload,
        ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", Source), ("ce_type", "game.score"), ("content-type", "application/json"));

    /// <summary>Writes an event in the structured mode.</summary>
    public void WriteStructured(string topic, string id, string data) => Produce(
        topic, id, id, $$"""{"specversion":"1.0","id":"{{id}}","source":"{{Source}}","type":"game.score","datacontenttype":"application/json","data":{{data}}}""",
        ("content-type", "application/cloudevents+json"));

    /// <summary>Writes any record, and waits for its place.</summary>
    public async Task<DeliveryResult<byte[]?, byte[]?>> WriteRawAsync(string topic, byte[]? value, params (string Name, byte[]? Value)[] headers)
    {
        var message = new Message<byte[]?, byte[]?> { Key = "raw"u8.ToArray(), Value = value, Headers = [] };
        foreach (var (name, bytes) in headers)
            message.Headers.Add(name, bytes);
        return await _producer.ProduceAsync(topic, message);
    }

    /// <summary>Writes in a transaction that ends well, or does not.</summary>
    public void InTransaction(bool commit, Action write)
    {
        _producer.BeginTransaction();
        write();
        _producer.Flush(TimeSpan.FromSeconds(30));
        if (commit)
            _producer.CommitTransaction(TimeSpan.FromSeconds(30));
        else
            _producer.AbortTransaction(TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits until all is acknowledged.</summary>
    public void Flush()
    {
        if (_producer.Flush(TimeSpan.FromSeconds(60)) > 0)
            throw new TimeoutException("Kafka did not take all events within a minute.");
    }

    /// <inheritdoc />
    public void Dispose() => _producer.Dispose();

    private void Produce(string topic, string id, string? key, string value, params (string Name, string Value)[] headers)
    {
        var message = new Message<byte[]?, byte[]?>
        {
            Key = Encoding.UTF8.GetBytes(key ?? id),
            Value = Encoding.UTF8.GetBytes(value),
            Headers = [],
        };
        foreach (var (name, text) in headers)
            message.Headers.Add(name, Encoding.UTF8.GetBytes(text));
        while (true)
        {
            try
            {
                _producer.Produce(topic, message, report =>
                {
                    if (!report.Error.IsError)
                        Acknowledged[id] = true;
                });
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(5);
            }
        }
    }
}
