using EventBus.TestKit.Http;

namespace EventBus.IntegrationTests.TestKit;

public sealed class MetricsTests
{
    [Fact]
    public void Parse_LabelsWithEscapesAndSpecialValues_ReadsThem()
    {
        var metrics = Metrics.Parse("# HELP a b\n# TYPE a counter\na{x=\"1,}\\\"2\",y=\"z\"} 3\na 4.5 1700000000\nb{le=\"+Inf\"} +Inf\n");

        Assert.Equal(7.5, metrics.Sum("a"));
        Assert.Equal(3, metrics.Sum("a", ("x", "1,}\"2"), ("y", "z")));
        Assert.Equal(double.PositiveInfinity, metrics.Named("b").Single().Value);
    }
}
