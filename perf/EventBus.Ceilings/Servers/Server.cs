using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventBus.Contracts;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventBus.Ceilings.Servers;

/// <summary>What both HTTP servers share with the gateway: the slim builder and Kestrel's settings.</summary>
internal static class Server
{
    public static WebApplication Create(int port, Action<IServiceCollection> services)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenAnyIP(port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, PublishJsonContext.Default);
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        services(builder.Services);
        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapGet("/allocated", () => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
        return app;
    }
}
