using EventBus.Kafka.Producing;

namespace EventBus.UnitTests.Publishing;

public sealed class GatherPolicyTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(4);

    private readonly GatherPolicy _policy = new(Longest);

    [Fact]
    public void Time_BeforeAnything_IsZero() => Assert.Equal(TimeSpan.Zero, _policy.Time);

    [Theory]
    [InlineData(10, 0)]
    [InlineData(GatherPolicy.IdleRate, 0)]
    [InlineData((GatherPolicy.IdleRate + GatherPolicy.BusyRate) / 2, 2)]
    [InlineData(GatherPolicy.BusyRate, 4)]
    [InlineData(100_000, 4)]
    public void Time_SteadyRate_GrowsBetweenIdleAndBusy(double rate, double milliseconds)
    {
        Run(rate, seconds: 2);

        Assert.Equal(rate, _policy.Rate, rate / 100);
        Assert.Equal(milliseconds, _policy.Time.TotalMilliseconds, 0.05);
    }

    [Fact]
    public void Time_BusyThenLone_IsZeroAgainAtOnce()
    {
        Run(20_000, seconds: 1);

        _policy.Observe(1, 500, seconds: 1);

        Assert.Equal(TimeSpan.Zero, _policy.Time);
    }

    [Fact]
    public void Observe_NothingOrNoTime_StaysFinite()
    {
        _policy.Observe(0, 0, 1);
        Assert.Equal(0, _policy.Rate);
        _policy.Observe(1000, 500_000, 0);
        Assert.True(double.IsFinite(_policy.Rate));
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(64, 16)]
    [InlineData(1_000_000, 4096)]
    public void EnoughBytes_Senders_IsAQuarterOfThemAtMost4096(int senders, int events)
    {
        for (var i = 0; i < 200; i++)
            _policy.Observe(10, 10 * 300, 0.001);

        Assert.InRange(_policy.EnoughBytes(senders), (events * 300) - 5, (events * 300) + 5);
    }

    private void Run(double rate, double seconds)
    {
        var events = (int)Math.Ceiling(rate * 0.002);
        for (var now = 0.0; now < seconds; now += events / rate)
            _policy.Observe(events, events * 400, events / rate);
    }
}
