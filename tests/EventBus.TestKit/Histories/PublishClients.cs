using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventBus.TestKit.Histories;

/// <summary>
/// Clients that publish singles side by side until stopped, each over its own keep-alive connection with its own keys, one event at a time,
/// and write down what they saw. What was refused or is unknown is never sent again, so that the sets stay sharp; or else, where they
/// retry, each event has an id of its client's own and is sent, by an impatient client, until it is acknowledged.
/// </summary>
public sealed class PublishClients : IAsyncDisposable
{
    private const int KeysPerClient = 4;
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly TimeSpan AfterARefusal = TimeSpan.FromMilliseconds(20);

    // Longer than any answer may take, and shorter than a change of leaders takes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(2);

    private readonly Uri _address;
    private readonly string _topic;
    private readonly TimeSpan _pause;
    private readonly bool _retrying;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private PublishClients(Uri gateway, string topic, int clients, TimeSpan pause, bool retrying)
    {
        _retrying = retrying;
        _pause = pause;
        _address = new Uri(gateway, "/events/publish");
        _topic = topic;
        _running = Task.WhenAll(Enumerable.Range(0, clients).Select(RunAsync));
    }

    /// <summary>What the clients saw.</summary>
    public History History { get; } = new();

    /// <summary>Starts the clients, each of which rests for <paramref name="pause"/> between its events.</summary>
    public static PublishClients Start(Uri gateway, string topic, int clients, TimeSpan pause = default, bool retrying = false) =>
        new(gateway, topic, clients, pause, retrying);

    /// <summary>The id that retrying clients give an event.</summary>
    public static string OwnId(EventIdentity what) => $"{what.Key}-{what.Sequence}";

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
        using var http = new HttpClient(handler) { Timeout = _retrying ? Impatience : Patience };
        var sequences = new int[KeysPerClient];
        for (var turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            var slot = turn % KeysPerClient;
            var what = new EventIdentity(client, $"client-{client}-key-{slot}", ++sequences[slot]);
            while (!await PublishAsync(http, what))
            {
                await Task.Delay(AfterARefusal);
                if (!_retrying || _stop.IsCancellationRequested)
                    break;
            }

            if (_pause > TimeSpan.Zero)
                await Task.Delay(_pause);
        }
    }

    private async Task<bool> PublishAsync(HttpClient http, EventIdentity what)
    {
        History.Invoke(what, _topic);
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
            var partition = Number(body, "partition") is { } p ? (int)p : (int?)null;
            History.Ok(what, _topic, body.GetProperty("event_id").GetString()!, partition, Number(body, "offset"));
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
        event_id = _retrying ? OwnId(what) : null,
        event_type = "game.score",
        topic = _topic,
        source = "history",
        key = what.Key,
        payload = History.Payload(what),
    }, WithoutNulls);

    private static long? Number(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
