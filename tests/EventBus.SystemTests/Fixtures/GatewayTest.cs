using EventBus.TestKit.Http;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Fixtures;

/// <summary>
/// A test against the shared gateway; skipped with the reason where there is none. A failure shows what the gateway printed.
/// </summary>
[Collection(SharedEngines.Name)]
public abstract class GatewayTest : IDisposable
{
    private readonly SharedFixture _fixture;
    private readonly ITestOutputHelper _output;
    private readonly long _firstLine;

    protected GatewayTest(SharedFixture fixture, ITestOutputHelper output)
    {
        Skip.If(SharedFixture.UnavailableReason is not null, SharedFixture.UnavailableReason);
        _fixture = fixture;
        _output = output;
        _firstLine = fixture.Gateway.Process.LineCount;
        Api = new Api(fixture.Gateway.Http);
    }

    protected Api Api { get; }

    protected GatewayProcess Gateway => _fixture.Gateway;

    protected KafkaCluster Cluster => _fixture.Cluster;

    protected RecordReader Reader => _fixture.Reader;

    public void Dispose()
    {
        _output.WriteLine($"The gateway's output since the test began:\n{Gateway.Process.OutputFrom(_firstLine)}");
        GC.SuppressFinalize(this);
    }

    protected string FreshTopic() => _fixture.FreshTopic();

    protected string FreshTopicOfThree() => _fixture.FreshTopicOfThree();

    /// <summary>Writes a line that shows where the test fails.</summary>
    protected void Say(string line) => _output.WriteLine(line);

    protected RawHttp Connect() => RawHttp.Connect(Gateway.Port);
}
