using EventBus.Gateway;
using EventBus.Gateway.Settings;
using EventBus.Hosting;

return await CommandLine.RunAsync(BinaryIdentity.Gateway, args, async environment =>
{
    var settings = GatewaySettings.Read(environment, isTerminal: !Console.IsOutputRedirected);
    var app = GatewayHost.Build(environment, settings);
    await app.RunAsync();
});
