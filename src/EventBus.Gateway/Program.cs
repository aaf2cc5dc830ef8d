using EventBus.Gateway;
using EventBus.Gateway.Settings;
using EventBus.Hosting;
using EventBus.Hosting.Database;

return await CommandLine.RunAsync(BinaryIdentity.Gateway, args, DatabaseSetup.MigrateAsync, async environment =>
{
    var settings = GatewaySettings.Read(environment, isTerminal: !Console.IsOutputRedirected);
    var app = GatewayHost.Build(environment, settings);
    await app.CheckSchemaAsync();
    await app.RunAsync();
});
