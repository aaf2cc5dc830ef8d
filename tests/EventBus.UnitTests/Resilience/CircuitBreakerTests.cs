using EventBus.Core.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Resilience;

public sealed class CircuitBreakerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<CircuitState> _changes = [];
    private readonly CircuitBreaker _circuit;

    public CircuitBreakerTests() => _circuit = new CircuitBreaker(_time, _changes.Add);

    [Fact]
    public void IsOpen_Fresh_False()
    {
        Assert.False(_circuit.IsOpen);
        Assert.Equal(0, _circuit.Trips);
        Assert.Empty(_changes);
    }

    [Fact]
    public void Trip_Closed_OpensWithReasonAndTime()
    {
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(_circuit.Trip("all brokers are down"));

        Assert.True(_circuit.IsOpen);
        Assert.Equal(new CircuitState(true, "all brokers are down", _time.GetUtcNow()), _circuit.State);
        Assert.Equal([_circuit.State], _changes);
        Assert.Equal(1, _circuit.Trips);
    }

    [Fact]
    public void Trip_AlreadyOpen_KeepsFirstReasonAndTime()
    {
        _circuit.Trip("first");
        var first = _circuit.State;
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(_circuit.Trip("second"));

        Assert.Same(first, _circuit.State);
        Assert.Single(_changes);
        Assert.Equal(1, _circuit.Trips);
    }

    [Fact]
    public void Close_Open_ClosesOnce()
    {
        _circuit.Trip("away");
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(_circuit.Close());
        Assert.False(_circuit.Close());

        Assert.False(_circuit.IsOpen);
        Assert.Equal(new CircuitState(false, null, _time.GetUtcNow()), _circuit.State);
        Assert.Equal([true, false], _changes.Select(c => c.IsOpen));
    }

    [Fact]
    public void TripAndClose_FromManyThreads_ChangesAlternate()
    {
        Parallel.For(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            if (i % 2 == 0)
                _circuit.Trip("away");
            else
                _circuit.Close();
        });

        Assert.Equal(Enumerable.Range(0, _changes.Count).Select(i => i % 2 == 0), _changes.Select(c => c.IsOpen));
        Assert.Equal(_changes.Count(c => c.IsOpen), _circuit.Trips);
    }
}
