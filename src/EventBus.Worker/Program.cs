using EventBus.Hosting;
using EventBus.Hosting.Database;
using EventBus.Worker;
using EventBus.Worker.Settings;

var identity = BinaryIdentity.Worker;

return await CommandLine.RunAsync(identity, args, DatabaseSetup.MigrateAsync, async environment =>
{
    var settings = WorkerSettings.Read(environment, isTerminal: !Console.IsOutputRedirected);

    var builder = EventBusHost.CreateBuilder(identity, environment, settings.Operations);
    builder.Services.AddDatabase(settings.Database);

    var app = builder.Build();

    app.UseEventBus(identity, environment);
    await app.CheckSchemaAsync();
    app.Logger.NoRoles(string.Join(", ", settings.Roles));

    await app.RunAsync();
});
