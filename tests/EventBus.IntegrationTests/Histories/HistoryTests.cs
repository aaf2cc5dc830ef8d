using EventBus.TestKit.Histories;

namespace EventBus.IntegrationTests.Histories;

/// <summary>What a history says of who waits for an answer, and for how long.</summary>
public sealed class HistoryTests
{
    private const string Topic = "game.history";
    private static readonly EventIdentity Answered = new(0, "a", 1);
    private static readonly EventIdentity Waiting = new(0, "a", 2);

    private readonly History _history = new();

    [Fact]
    public void Open_AnEventSentAgain_WaitsUntilItsNewestOutcome()
    {
        _history.Invoke(Answered, Topic);
        _history.Fail(Answered, Topic, "503 kafka_unavailable");
        _history.Invoke(Answered, Topic);

        Assert.Equal([Answered], _history.Open());

        _history.Unknown(Answered, Topic, "TaskCanceledException");

        Assert.Empty(_history.Open());
    }

    [Fact]
    public async Task LongestWait_OfOneWithoutAnAnswer_CountsUntilNow()
    {
        _history.Invoke(Answered, Topic);
        _history.Fail(Answered, Topic, "429 overloaded");
        _history.Invoke(Waiting, Topic);

        await Task.Delay(50);

        Assert.InRange(_history.LongestWait(), TimeSpan.FromMilliseconds(45), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task LongestWait_OfAnAnsweredOne_IsTheTimeUntilItsAnswer()
    {
        _history.Invoke(Waiting, Topic);
        await Task.Delay(50);
        _history.Fail(Waiting, Topic, "429 overloaded");
        var wait = _history.LongestWait();

        await Task.Delay(50);

        Assert.InRange(wait, TimeSpan.FromMilliseconds(45), TimeSpan.FromSeconds(10));
        Assert.Equal(wait, _history.LongestWait());
    }
}
