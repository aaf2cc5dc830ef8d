using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using EventBus.Contracts;

namespace EventBus.Ceilings.Servers;

/// <summary>
/// What a competent developer writes in an afternoon: the slim builder, source-generated JSON, one shared producer of Confluent.Kafka,
/// awaited. Safe settings, the same record as the gateway's, and no more.
/// </summary>
internal static class Straightforward
{
    public static int Run(Options options)
    {
        var port = options.Integer("--port", 8083);
        var config = new ProducerConfig
        {
            BootstrapServers = options.Text("--brokers"),
            ClientId = "straightforward",
            Acks = Acks.All,
            EnableIdempotence = true,
            CompressionType = CompressionType.Lz4,
            Partitioner = Partitioner.Murmur2Random,
        };
        if (options.Number("--linger", -1) is >= 0 and var linger)
            config.LingerMs = linger;
        options.Done();

        var app = Server.Create(
            port, services => services.AddSingleton(TimeProvider.System).AddSingleton(_ => new ProducerBuilder<byte[], byte[]>(config).Build()));
        app.MapPost("/events/publish", async (PublishEventRequest request, IProducer<byte[], byte[]> producer, TimeProvider clock) =>
        {
#pragma warning disable RS0030 // The other side of a comparison, not part of the product: it makes ids as anybody would.
            var id = Guid.CreateVersion7().ToString();
#pragma warning restore RS0030
            var result = await producer.ProduceAsync(request.Topic, ToMessage(request, id, clock));
            return TypedResults.Ok(new PublishResponse(id, request.Topic, result.Partition, result.Offset, Published: true));
        });
        app.Services.GetRequiredService<IProducer<byte[], byte[]>>();
        app.Run();
        return 0;
    }

    private static Message<byte[], byte[]> ToMessage(PublishEventRequest request, string id, TimeProvider clock)
    {
        var payload = request.Payload.ValueKind == JsonValueKind.String ? request.Payload.GetString()! : request.Payload.GetRawText();
        var time = request.Timestamp ?? clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ");
        var headers = new Headers
        {
            { RecordHeaders.SpecVersion, "1.0"u8.ToArray() },
            { RecordHeaders.Id, Encoding.UTF8.GetBytes(id) },
            { RecordHeaders.Source, Encoding.UTF8.GetBytes(request.Source) },
            { RecordHeaders.Type, Encoding.UTF8.GetBytes(request.EventType) },
            { RecordHeaders.Time, Encoding.UTF8.GetBytes(time) },
            { RecordHeaders.ContentType, "application/json"u8.ToArray() },
        };
        var key = Encoding.UTF8.GetBytes(request.Key ?? request.SessionId ?? request.PlayerId ?? id);
        if (request.Key is not null)
            headers.Add(RecordHeaders.PartitionKey, key);
        return new() { Key = key, Value = Encoding.UTF8.GetBytes(payload), Headers = headers };
    }
}
