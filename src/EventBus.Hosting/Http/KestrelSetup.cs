using System.Net;
using EventBus.Hosting.Settings;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EventBus.Hosting.Http;

/// <summary>Kestrel's listeners and limits.</summary>
public static class KestrelSetup
{
    private const int MaxHeaderBytes = 32 * 1024;
    private const int MaxHeaders = 100;
    private const int MaxRequestLineBytes = 8 * 1024;

    /// <summary>Bytes a second below which a client counts as stalled, once its time of grace is over.</summary>
    private const double MinBytesPerSecond = 240;

    /// <summary>Adds the listeners: the API's where there is one, and the operations ports.</summary>
    /// <param name="kestrel">What to set up.</param>
    /// <param name="operations">The operations ports.</param>
    /// <param name="http">The API; null in a binary that has none.</param>
    public static void Configure(this KestrelServerOptions kestrel, OperationsSettings operations, HttpSettings? http)
    {
        kestrel.AddServerHeader = false;
        SetLimits(kestrel.Limits, http);
        if (http is not null)
        {
            kestrel.ListenOn(operations.Bind, http.Port, listener => ConfigureMain(listener, http.Tls));
            if (http.H2cPort is { } h2cPort)
            {
                kestrel.ListenOn(operations.Bind, h2cPort, static listener =>
                {
                    listener.Protocols = HttpProtocols.Http2;
                    listener.MarkConnections();
                });
            }
        }

        kestrel.ListenOn(operations.Bind, operations.MetricsPort, static listener => listener.Protocols = HttpProtocols.Http1);
        if (operations.DiagnosticsPort is { } port)
            kestrel.ListenOn(operations.Bind ?? IPAddress.Loopback, port, static listener => listener.Protocols = HttpProtocols.Http1);
    }

    private static void SetLimits(KestrelServerLimits limits, HttpSettings? http)
    {
        limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.Http2.MaxRequestHeaderFieldSize = MaxHeaderBytes;
        // Each endpoint has its own limit, and a stream of lines has none.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = new MinDataRate(MinBytesPerSecond, TimeSpan.FromSeconds(5));
        if (http is null)
            return;
        limits.RequestHeadersTimeout = http.ReadTimeout;
        limits.KeepAliveTimeout = http.IdleTimeout;
        limits.MinResponseDataRate = new MinDataRate(MinBytesPerSecond, http.WriteTimeout);
    }

    private static void ConfigureMain(ListenOptions listener, TlsCertificate? tls)
    {
        // Without TLS there is no ALPN to tell HTTP/2 by, and Kestrel would take its preface for a bad request.
        listener.Protocols = tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        listener.MarkConnections();
        if (tls is not null)
        {
            listener.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = tls.Certificate,
                ServerCertificateChain = tls.Chain,
            });
        }
    }

    private static void MarkConnections(this ListenOptions listener) => listener.Use(static next => connection =>
    {
        connection.Features.Set(new ConnectionActivity.Mark());
        return next(connection);
    });

    private static void ListenOn(this KestrelServerOptions kestrel, IPAddress? bind, int port, Action<ListenOptions> configure)
    {
        // ListenAnyIP takes IPv4 too, and falls back to it alone on machines without IPv6.
        if (bind is null || bind.Equals(IPAddress.IPv6Any))
            kestrel.ListenAnyIP(port, configure);
        else
            kestrel.Listen(bind, port, configure);
    }
}
