using EventBus.Gateway.Publishing;
using EventBus.Gateway.Settings;
using EventBus.Gateway.Topics;
using EventBus.Hosting;
using EventBus.Hosting.Health;

var identity = BinaryIdentity.Gateway;

return await CommandLine.RunAsync(identity, args, async environment =>
{
    var settings = GatewaySettings.Read(environment, isTerminal: !Console.IsOutputRedirected);

    var builder = EventBusHost.CreateBuilder(identity, environment, settings.Operations, settings.Http);
    builder.Services.AddPublishing(settings);
    builder.Services.AddTopics(settings);

    var app = builder.Build();

    app.UseEventBus(identity, environment);
    app.MapHealth(app.Services.GetRequiredService<HealthState>());
    app.MapPublishing();
    app.MapTopics();

    await app.RunAsync();
});
