using EventBus.Hosting.Health;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Hosting;

public class HealthStateTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly HealthState _health;
    private HealthResult _kafka = HealthResult.Healthy;
    private HealthResult _redis = HealthResult.Healthy;

    public HealthStateTests()
    {
        _health = new HealthState(_time);
        _health.AddCheck("kafka", () => _kafka);
        _health.AddCheck("redis", () => _redis);
    }

    [Fact]
    public void CheckReady_ThroughTheLifeOfTheProcess_IsTrueInTheMiddleOnly()
    {
        Assert.Equal((false, "starting"), _health.CheckReady());
        _health.MarkStarted();
        Assert.Equal((true, ""), _health.CheckReady());
        _health.MarkStopping();
        Assert.Equal((false, "shutting down"), _health.CheckReady());
        Assert.True(_health.IsStopping);
    }

    [Fact]
    public void CheckReady_Unhealthy_IsFalseUntilItIsBetter()
    {
        _health.MarkStarted();
        _kafka = new HealthResult(HealthStatus.Unhealthy, "no broker answers");
        Assert.Equal((false, "kafka: no broker answers"), _health.CheckReady());
        _kafka = HealthResult.Healthy;
        Assert.Equal((true, ""), _health.CheckReady());
    }

    [Fact]
    public void CheckReady_Degraded_IsTrueAndSaysWhy()
    {
        _health.MarkStarted();
        _redis = new HealthResult(HealthStatus.Degraded, "away");
        Assert.Equal((true, "redis: away"), _health.CheckReady());
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, HealthStatus.Healthy, "healthy")]
    [InlineData(HealthStatus.Healthy, HealthStatus.Degraded, "degraded")]
    [InlineData(HealthStatus.Unhealthy, HealthStatus.Degraded, "unhealthy")]
    [InlineData(HealthStatus.Degraded, HealthStatus.Unhealthy, "unhealthy")]
    public void Report_OfSeveralChecks_IsTheWorst(HealthStatus kafka, HealthStatus redis, string word)
    {
        (_kafka, _redis) = (new HealthResult(kafka), new HealthResult(redis));

        var (status, response) = _health.Report();

        Assert.Equal((HealthStatus)Math.Max((int)kafka, (int)redis), status);
        Assert.Equal(word, response.Status);
    }

    [Fact]
    public void Report_Numbers_AreWhatTheBinaryGives()
    {
        _health.Numbers = () => new HealthNumbers(true, 25, 12);

        var (_, response) = _health.Report();

        Assert.Equal("event-bus-service", response.Domain);
        Assert.Equal(_time.GetUtcNow().UtcDateTime, response.Timestamp);
        Assert.Equal((true, 25, 12), (response.KafkaConnected, response.TopicsActive, response.SubscribersActive));
    }

    [Fact]
    public void Check_CheckThatThrows_IsUnhealthyAndHidesNothing()
    {
        _health.AddCheck("odd", () => throw new TimeoutException());
        _redis = new HealthResult(HealthStatus.Degraded);

        Assert.Equal((HealthStatus.Unhealthy, "redis; odd: the check failed with TimeoutException"), _health.Check());
    }
}
