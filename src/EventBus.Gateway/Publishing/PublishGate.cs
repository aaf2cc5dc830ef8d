using System.Threading.RateLimiting;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Resilience;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Http;
using EventBus.Kafka.Producing;

namespace EventBus.Gateway.Publishing;

/// <summary>What is decided before a body is read: whether anything can be published now, and by this client.</summary>
internal sealed class PublishGate : IDisposable
{
    private readonly CircuitBreaker _circuit;
    private readonly KafkaProducer _producer;
    private readonly Admission _admission;
    private readonly CancellationToken _stopping;
    private readonly PartitionedRateLimiter<HttpContext>? _rateLimiter;
    private readonly int _rate;
    private readonly ConnectionActivity _activity = new();

    public PublishGate(
        CircuitBreaker circuit, KafkaProducer producer, Admission admission, IHostApplicationLifetime lifetime, PublishSettings settings)
    {
        _circuit = circuit;
        _producer = producer;
        _admission = admission;
        _stopping = lifetime.ApplicationStopping;
        producer.Senders = () => _activity.Active;
        if (settings.RateLimit is { } rate)
            (_rateLimiter, _rate) = (RateLimiter(rate), rate);
    }

    /// <summary>Ends when the process is to stop: streams end then, between two events.</summary>
    public CancellationToken Stopping => _stopping;

    /// <summary>Why nothing can be published now; not refused in the usual case, which costs three reads.</summary>
    public Refusal Check()
    {
        if (_circuit.IsOpen)
            return new Refusal(ErrorCode.KafkaUnavailable, "Kafka does not answer; nothing was stored.");
        if (!_producer.IsAvailable)
            return new Refusal(ErrorCode.KafkaUnavailable, "The producer is being rebuilt after a fatal error; nothing was stored.");
        return _admission.IsFull ? Full : default;
    }

    /// <summary>The refusal for lack of room.</summary>
    public static Refusal Full { get; } = new(ErrorCode.Overloaded, "Too many events are waiting for Kafka; this one was not stored.");

    /// <summary>
    /// Takes note that this connection publishes, with so many events that may wait at once: the producer gathers for no longer than somebody
    /// is left who could send. A connection of HTTP/2 may have many requests open.
    /// </summary>
    public void Touch(HttpContext context, int eventsAtOnce)
    {
        if (context.Features.Get<ConnectionActivity.Mark>() is { } mark)
            _activity.Touch(mark, HttpProtocol.IsHttp11(context.Request.Protocol) ? eventsAtOnce : Math.Max(eventsAtOnce, RequestsPerHttp2));
    }

    private const int RequestsPerHttp2 = 100;

    /// <summary>Counts events against the client's own rate; refused where it is used up.</summary>
    public Refusal CheckRate(HttpContext context, int events)
    {
        if (_rateLimiter is null)
            return default;
        // More than a second's worth at once never fits the bucket, and is not asked for.
        using var lease = events <= _rate ? _rateLimiter.AttemptAcquire(context, events) : null;
        return lease?.IsAcquired == true ? default : new Refusal(ErrorCode.RateLimited, "This client publishes faster than EVENT_BUS_PUBLISH_RATE_LIMIT allows.");
    }

    public void Dispose() => _rateLimiter?.Dispose();

    /// <summary>A bucket per address that holds one second's events; the limiter forgets idle addresses by itself.</summary>
    private static PartitionedRateLimiter<HttpContext> RateLimiter(int eventsPerSecond) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? string.Empty,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = eventsPerSecond,
                TokensPerPeriod = Math.Max(1, eventsPerSecond / 10),
                ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
                AutoReplenishment = true,
            }));
}
