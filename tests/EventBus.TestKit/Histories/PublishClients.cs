using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace EventBus.TestKit.Histories;

/// <summary>
/// Clients that publish singles side by side until stopped, each over its own keep-alive connection with its own keys, one event at a time, and
/// write down what they saw. What was refused or is unknown is never sent again, so that the sets stay sharp.
/// </summary>
public sealed class PublishClients : IAsyncDisposable
{
    private const int KeysPerClient = 4;

    private readonly Uri _address;
    private readonly string _topic;
    private readonly TimeSpan _pause;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private PublishClients(Uri gateway, string topic, int clients, TimeSpan pause)
    {
        _pause = pause;
        _address = new Uri(gateway, "/events/publish");
        _topic = topic;
        _running = Task.WhenAll(Enumerable.Range(0, clients).Select(RunAsync));
    }

    /// <summary>What the clients saw.</summary>
    public History History { get; } = new();

    /// <summary>How long a client waits for an answer; longer than any that the gateway may take.</summary>
    public static TimeSpan AnswerTimeout { get; } = TimeSpan.FromSeconds(25);

    /// <summary>Starts the clients, each of which rests for <paramref name="pause"/> between its events.</summary>
    public static PublishClients Start(Uri gateway, string topic, int clients, TimeSpan pause = default) => new(gateway, topic, clients, pause);

    /// <summary>Lets each client get its last answer and ends.</summary>
    public async Task<History> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return History;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>Waits until at least <paramref name="count"/> more events were acknowledged.</summary>
    public async Task WaitForMoreAcknowledgedAsync(int count, TimeSpan timeout)
    {
        var target = History.Count(HistoryStep.Ok) + count;
        using var deadline = new CancellationTokenSource(timeout);
        while (History.Count(HistoryStep.Ok) < target)
        {
            if (deadline.IsCancellationRequested || _running.IsCompleted)
                throw new TimeoutException($"Fewer than {count} more events were acknowledged within {timeout}: {History}");
            await Task.Delay(50);
        }
    }

    private async Task RunAsync(int client)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var http = new HttpClient(handler) { Timeout = AnswerTimeout };
        var sequences = new int[KeysPerClient];
        for (var turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            var slot = turn % KeysPerClient;
            var what = new EventIdentity(client, $"client-{client}-key-{slot}", ++sequences[slot]);
            History.Invoke(what, _topic);
            var rest = await PublishAsync(http, what) ? _pause : TimeSpan.FromMilliseconds(20);
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest);
        }
    }

    private async Task<bool> PublishAsync(HttpClient http, EventIdentity what)
    {
        using var content = new ByteArrayContent(Body(what));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await http.PostAsync(_address, content);
            var body = JsonElement.Parse(await response.Content.ReadAsByteArrayAsync());
            return Record(what, response.StatusCode, body);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or JsonException)
        {
            History.Unknown(what, _topic, e.GetType().Name);
            return false;
        }
    }

    private bool Record(EventIdentity what, HttpStatusCode status, JsonElement body)
    {
        if (status == HttpStatusCode.OK && body.GetProperty("published").GetBoolean())
        {
            History.Ok(what, _topic, body.GetProperty("event_id").GetString()!, Number(body, "partition") is { } p ? (int)p : null, Number(body, "offset"));
            return true;
        }

        var code = body.TryGetProperty("code", out var value) ? value.GetString()! : "no code";
        if (code is "publish_outcome_unknown" or "no code")
            History.Unknown(what, _topic, $"{(int)status} {code}");
        else
            History.Fail(what, _topic, $"{(int)status} {code}");
        return false;
    }

    private byte[] Body(EventIdentity what) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        event_type = "game.score",
        topic = _topic,
        source = "history",
        key = what.Key,
        payload = History.Payload(what),
    });

    private static long? Number(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
