using EventBus.Contracts;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Http;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Topics;

namespace EventBus.Gateway.Topics;

/// <summary>Puts the topic administration together: its services, where there is a database, and its endpoints.</summary>
internal static class TopicsSetup
{
    /// <summary>Adds the services.</summary>
    public static void AddTopics(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(p => new TopicAutoCreation(p.GetRequiredService<KafkaTopicDirectory>(), p.GetService<TopicAdministration>()));
        if (settings.Database is null)
            return;
        services.AddSingleton<TopicStore>();
        services.AddSingleton<TopicRegistry>();
        services.AddSingleton<TopicAdministration>();
        services.AddSingleton<TopicRequestReader>();
        services.AddSingleton<TopicsEndpoint>();
        services.AddHostedService(p => p.GetRequiredService<TopicRegistry>());
        services.AddHostedService<TopicReconciler>();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapTopics(this WebApplication app)
    {
        const string All = "/topics";
        const string One = "/topics/{topicName}";
        if (app.Services.GetService<TopicsEndpoint>() is not { } topics)
        {
            foreach (var path in (string[])[All, One])
                app.MapMethods(path, path == All ? ["GET", "POST"] : ["GET", "PATCH", "DELETE"], (RequestDelegate)RefuseAsync);
            return;
        }

        app.MapPost(All, (RequestDelegate)topics.CreateAsync);
        app.MapGet(All, (RequestDelegate)topics.ListAsync);
        app.MapGet(One, (RequestDelegate)topics.ShowAsync);
        app.MapPatch(One, (RequestDelegate)topics.ChangeAsync);
        app.MapDelete(One, (RequestDelegate)topics.RemoveAsync);
        app.Services.GetRequiredService<TopicRegistry>().Register();
    }

    private static Task RefuseAsync(HttpContext context) =>
        ProblemWriter.WriteAsync(context, ErrorCode.DatabaseNotConfigured, "The topic registry needs EVENT_BUS_DATABASE_URL.").AsTask();
}
