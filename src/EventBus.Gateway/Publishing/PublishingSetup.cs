using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Core.Resilience;
using EventBus.Core.Settings;
using EventBus.Core.Topics;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Http;
using EventBus.Hosting.Settings;
using EventBus.Kafka.Client;
using EventBus.Kafka.Embedded;
using EventBus.Kafka.Producing;
using EventBus.Kafka.Topics;

namespace EventBus.Gateway.Publishing;

/// <summary>Puts publishing together: its services and its endpoints.</summary>
internal static class PublishingSetup
{
    /// <summary>Adds the services, in the order in which they start.</summary>
    public static void AddPublishing(this IServiceCollection services, GatewaySettings settings)
    {
        var embedded = settings.Kafka.IsEmbedded ? new EmbeddedCluster(settings.Kafka.DefaultPartitions) : null;
        var kafka = embedded is null ? settings.Kafka : settings.Kafka with { Brokers = embedded.Bootstrap };
        if (embedded is not null)
            services.AddSingleton(embedded);
        services.AddSingleton(settings);
        services.AddSingleton(settings.Publish);
        services.AddSingleton(kafka);
        services.AddSingleton(p => new CircuitBreaker(p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new KafkaTopicDirectory(
            kafka, settings.Publish.DeadLetterTopic, p.GetRequiredService<CircuitBreaker>(), embedded, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<KafkaTopicDirectory>>(), p.GetRequiredService<EventNames>()));
        services.AddSingleton<ITopicRegistry>(p => p.GetRequiredService<KafkaTopicDirectory>());

        services.AddSingleton(new EventNames(settings.Publish.Domains));
        services.AddSingleton(p => new EventTypeTable(p.GetRequiredService<EventNames>()));
        services.AddSingleton<EventResolver>();
        services.AddSingleton<EventParser>();
        services.AddSingleton<CloudEventParser>();
        services.AddSingleton(new EventRing(MemoryBudget.RingBytes));
        services.AddSingleton(new Admission(settings.Publish.BufferSize, settings.Publish.BufferBytes));
        services.AddSingleton<PublishLedger>();
        services.AddIdempotency(settings);
        services.AddSingleton(p => CreateProducer(p, kafka, settings.Publish));

        services.AddSingleton<PublishGate>();
        services.AddSingleton(p => new RequestBody(MemoryBudget.BodyBytes, settings.Http.ReadTimeout, p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventSubmitter>();
        services.AddSingleton<SingleEndpoint>();
        services.AddSingleton<ArrayPublisher>();
        services.AddSingleton<NdjsonPublisher>();
        services.AddSingleton<BatchEndpoint>();
        services.AddSingleton<CloudEventsEndpoint>();
        services.AddSingleton<PublishMetrics>();
        services.AddSingleton<PublishHealth>();
        services.AddHostedService<PublishEngine>();
    }

    private static KafkaProducer CreateProducer(IServiceProvider services, KafkaSettings kafka, PublishSettings publish)
    {
        try
        {
            return new KafkaProducer(
                KafkaClientProperties.Producer(kafka, MemoryBudget.ProducerLimits(publish)), services.GetRequiredService<EventRing>(),
                services.GetRequiredService<PublishLedger>(), MemoryBudget.Gathering, services.GetRequiredService<ILogger<KafkaProducer>>());
        }
        catch (InvalidOperationException e) when (kafka.ProducerProperties.Count > 0)
        {
            // Our own properties are known to be taken, so it is one of the operator's; where they only clash, librdkafka's words must do.
            var property = e is ClientPropertyException refused ? refused.Property.ToUpperInvariant().Replace('.', '_') : "*";
            throw EnvironmentReader.Error($"KAFKA_PRODUCER_{property}", $"cannot be used: librdkafka says \"{e.Message}\"");
        }
    }

    /// <summary>Maps the endpoints: plain request delegates, since model binding costs more than the whole of publishing.</summary>
    public static void MapPublishing(this WebApplication app)
    {
        var single = app.Services.GetRequiredService<SingleEndpoint>();
        app.MapPost("/events", (RequestDelegate)app.Services.GetRequiredService<CloudEventsEndpoint>().PublishAsync);
        app.MapPost("/events/publish", (RequestDelegate)single.PublishAsync).WithMetadata(AnswersOwnFailures.Instance);
        app.MapPost("/events/game/publish", (RequestDelegate)single.PublishGameAsync).WithMetadata(AnswersOwnFailures.Instance);
        app.MapPost("/events/publish/batch", (RequestDelegate)app.Services.GetRequiredService<BatchEndpoint>().PublishAsync)
            .WithMetadata(AnswersOwnFailures.Instance);
        app.Services.GetRequiredService<PublishMetrics>().Register();
        app.Services.GetRequiredService<PublishHealth>().Register();
        app.StartIdempotency();
    }
}
