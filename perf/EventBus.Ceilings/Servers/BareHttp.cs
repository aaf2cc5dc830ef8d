using EventBus.Contracts;

namespace EventBus.Ceilings.Servers;

/// <summary>The ceiling of every HTTP server here: Kestrel, the full request read and the answer written by the source generator.</summary>
internal static class BareHttp
{
    public static int Run(Options options)
    {
        var app = Server.Create(options.Integer("--port", 8083), _ => { });
        options.Done();
        long offset = 0;
        app.MapPost("/events/publish", async (HttpContext http) =>
        {
            var request = await http.Request.ReadFromJsonAsync(PublishJsonContext.Default.PublishEventRequest);
            var answer = new PublishResponse(
                "0197c8a1-7a3e-7000-8000-000000000001", request!.Topic, 2, Interlocked.Increment(ref offset), Published: true);
            await http.Response.WriteAsJsonAsync(answer, PublishJsonContext.Default.PublishResponse);
        });
        app.Run();
        return 0;
    }
}
