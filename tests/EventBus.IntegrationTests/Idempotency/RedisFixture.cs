using EventBus.Core.Idempotency;
using EventBus.Core.Resilience;
using EventBus.Redis;
using EventBus.TestKit.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.IntegrationTests.Idempotency;

/// <summary>One Redis for the tests that leave it as it is.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (RedisServer.UnavailableReason is null)
            Server = await RedisServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }
}

/// <summary>The window of one gateway over a Redis, with its connection.</summary>
internal sealed class RedisInstance : IAsyncDisposable
{
    private RedisInstance(string url, TimeSpan? claimLife)
    {
        Store = new RedisIdempotencyStore(
            new Uri(url), TimeSpan.FromHours(24), claimLife ?? TimeSpan.FromSeconds(30), NullLogger<RedisIdempotencyStore>.Instance);
        Window = new SharedIdempotencyWindow(
            Store, new InProcessIdempotencyWindow(TimeProvider.System, new IdempotencyLimits()), new CircuitBreaker(TimeProvider.System), TimeProvider.System);
    }

    public RedisIdempotencyStore Store { get; }

    public SharedIdempotencyWindow Window { get; }

    /// <summary>Starts an instance and waits until it knows how Redis is.</summary>
    public static async Task<RedisInstance> StartAsync(string url, TimeSpan? claimLife = null)
    {
        var instance = new RedisInstance(url, claimLife);
        instance.Window.Start();
        await UntilAsync(() => instance.Window.IsTried);
        return instance;
    }

    /// <summary>Waits until a condition holds; a test fails on it after a long while.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(5, deadline.Token);
    }

    /// <summary>Waits until Redis is used.</summary>
    public Task UntilSharedAsync() => UntilAsync(() => !Window.Circuit.IsOpen);

    public async ValueTask DisposeAsync()
    {
        await Window.DisposeAsync();
        await Store.DisposeAsync();
    }
}
