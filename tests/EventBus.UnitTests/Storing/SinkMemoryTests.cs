using EventBus.Worker.Storing;

namespace EventBus.UnitTests.Storing;

public class SinkMemoryTests
{
    [Fact]
    public void Total_AtTheDefaults_IsUnder256Megabytes() => Assert.InRange(MemoryBudget.Total(new SinkLimits()), 1, 256 * 1024 * 1024);
}
