using EventBus.Hosting;
using EventBus.Worker;
using EventBus.Worker.Settings;

var identity = BinaryIdentity.Worker;

return await CommandLine.RunAsync(identity, args, async environment =>
{
    var settings = WorkerSettings.Read(environment, isTerminal: !Console.IsOutputRedirected);

    var builder = EventBusHost.CreateBuilder(identity, environment, settings.Operations);

    var app = builder.Build();

    app.UseEventBus(identity, environment);
    app.Logger.NoRoles(string.Join(", ", settings.Roles));

    await app.RunAsync();
});
