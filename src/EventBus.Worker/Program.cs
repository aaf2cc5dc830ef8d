using EventBus.Hosting;
using EventBus.Hosting.Database;
using EventBus.Worker;
using EventBus.Worker.Settings;
using EventBus.Worker.Storing;

var identity = BinaryIdentity.Worker;

return await CommandLine.RunAsync(identity, args, DatabaseSetup.MigrateAsync, async environment =>
{
    var settings = WorkerSettings.Read(environment, isTerminal: !Console.IsOutputRedirected);
    var stores = settings.Roles.Contains(StoringRole.Name);

    var builder = EventBusHost.CreateBuilder(identity, environment, settings.Operations);
    builder.Services.AddDatabase(settings.Database);
    if (stores)
        builder.Services.AddStoring(settings);

    var app = builder.Build();

    app.UseEventBus(identity, environment);
    await app.CheckSchemaAsync();
    if (stores)
        app.UseStoring();
    if (settings.Roles.Where(role => role != StoringRole.Name).ToList() is { Count: > 0 } later)
        app.Logger.RolesToCome(string.Join(", ", later));

    await app.RunAsync();
});
