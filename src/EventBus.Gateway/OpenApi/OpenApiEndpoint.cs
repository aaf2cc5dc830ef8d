using EventBus.Gateway.Publishing;

namespace EventBus.Gateway.OpenApi;

/// <summary>
/// <c>GET /openapi/v1.json</c>: the description of all that the gateway serves. It is kept by hand, since the endpoints read and write their
/// JSON without a model to describe them by; tests hold it to the routes and the error codes.
/// </summary>
internal static class OpenApiEndpoint
{
    /// <summary>The document, OpenAPI 3.1.</summary>
    public static byte[] Document { get; } = Read();

    /// <summary>Maps it.</summary>
    public static void MapDescription(this WebApplication app) => app.MapGet("/openapi/v1.json", (RequestDelegate)WriteAsync);

    private static Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = ContentTypes.Json;
        context.Response.ContentLength = Document.Length;
        return context.Response.Body.WriteAsync(Document, 0, Document.Length, context.RequestAborted);
    }

    private static byte[] Read()
    {
        using var resource = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")!;
        var document = new byte[resource.Length];
        resource.ReadExactly(document);
        return document;
    }
}
