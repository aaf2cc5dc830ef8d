using EventBus.TestKit.Histories;

namespace EventBus.IntegrationTests.Histories;

/// <summary>The checker against planted violations: it must find each, and nothing where there is none.</summary>
public sealed class HistoryCheckerTests
{
    private const string Topic = "game.history";
    private static readonly EventIdentity First = new(0, "a", 1);
    private static readonly EventIdentity Second = new(0, "a", 2);

    private readonly History _history = new();
    private readonly List<LogEntry> _log = [];

    [Fact]
    public void Check_EverythingKept_FindsNothing()
    {
        PlantAcknowledged(First, 0);
        PlantAcknowledged(Second, 1);
        PlantAcknowledged(new EventIdentity(1, "b", 1), 2);
        PlantRefused(new EventIdentity(1, "b", 2));
        PlantUnknown(new EventIdentity(1, "b", 3));
        PlantUnknown(new EventIdentity(1, "b", 4));
        _log.Add(new LogEntry(new EventIdentity(1, "b", 4), "id-4", Topic, 0, 3));

        Assert.Empty(Check());
    }

    [Fact]
    public void Check_AcknowledgedIsNotInTheLog_FindsLost()
    {
        PlantAcknowledged(First, 0);
        _log.Clear();

        AssertFinds(ViolationKind.Lost, First, alsoAllowed: ViolationKind.WrongPlace);
    }

    [Fact]
    public void Check_AcknowledgedWithoutAPlaceIsNotInTheLog_FindsLost()
    {
        _history.Invoke(First, Topic);
        _history.Ok(First, Topic, "id", partition: null, offset: null);

        AssertFinds(ViolationKind.Lost, First);
    }

    [Fact]
    public void Check_RefusedIsInTheLog_FindsRefusedButStored()
    {
        PlantRefused(First);
        _log.Add(new LogEntry(First, "id", Topic, 0, 0));

        AssertFinds(ViolationKind.RefusedButStored, First);
    }

    [Fact]
    public void Check_NeverSentIsInTheLog_FindsPhantom()
    {
        _log.Add(new LogEntry(First, "id", Topic, 0, 0));

        AssertFinds(ViolationKind.Phantom, First);
    }

    [Fact]
    public void Check_AnsweredOffsetIsOneOff_FindsWrongPlace()
    {
        PlantAcknowledged(First, 5);
        _log[0] = _log[0] with { Offset = 6 };

        AssertFinds(ViolationKind.WrongPlace, First);
    }

    [Fact]
    public void Check_AnsweredPartitionIsAnother_FindsWrongPlace()
    {
        PlantAcknowledged(First, 5);
        _log[0] = _log[0] with { Partition = 1 };

        AssertFinds(ViolationKind.WrongPlace, First);
    }

    [Fact]
    public void Check_AnsweredPlaceHoldsAnotherEvent_FindsWrongPlace()
    {
        PlantAcknowledged(First, 0);
        PlantAcknowledged(Second, 1);
        (_log[0], _log[1]) = (_log[0] with { Offset = 1 }, _log[1] with { Offset = 0 });

        Assert.Equal(2, Check().Count(v => v.Kind == ViolationKind.WrongPlace));
    }

    [Fact]
    public void Check_RecordHasAnotherId_FindsWrongId()
    {
        PlantAcknowledged(First, 0);
        _log[0] = _log[0] with { EventId = "another" };

        AssertFinds(ViolationKind.WrongId, First);
    }

    [Fact]
    public void Check_NoPlaceAnsweredAndAnotherId_FindsWrongId()
    {
        _history.Invoke(First, Topic);
        _history.Ok(First, Topic, "id", partition: null, offset: null);
        _log.Add(new LogEntry(First, "another", Topic, 0, 0));

        AssertFinds(ViolationKind.WrongId, First);
    }

    [Fact]
    public void Check_AcknowledgedOnceAndStoredTwice_FindsDuplicate()
    {
        PlantAcknowledged(First, 0);
        _log.Add(_log[0] with { Offset = 1 });

        AssertFinds(ViolationKind.Duplicate, First);
    }

    [Fact]
    public void Check_UnknownThenAcknowledgedAndStoredTwice_FindsNothing()
    {
        PlantUnknown(First);
        PlantAcknowledged(First, 1);
        _log.Add(_log[0] with { Offset = 0 });

        Assert.Empty(Check());
    }

    [Fact]
    public void Check_OneUnknownAndStoredTwice_FindsDuplicate()
    {
        PlantUnknown(First);
        _log.Add(new LogEntry(First, "id", Topic, 0, 0));
        _log.Add(new LogEntry(First, "id", Topic, 0, 1));

        AssertFinds(ViolationKind.Duplicate, First);
    }

    [Fact]
    public void Check_AnsweredTwiceAndStoredTwice_FindsDuplicate()
    {
        PlantAcknowledged(First, 0);
        _history.Invoke(First, Topic);
        _history.Ok(First, Topic, Id(First), 0, 0);
        _log.Add(_log[0] with { Offset = 1 });

        AssertFinds(ViolationKind.Duplicate, First);
    }

    [Fact]
    public void Check_InvokedWithoutAnOutcomeAndStored_FindsNothing()
    {
        _history.Invoke(First, Topic);
        _log.Add(new LogEntry(First, "id", Topic, 0, 0));

        Assert.Empty(Check());
    }

    [Fact]
    public void Check_LaterOfAKeyLiesBefore_FindsOutOfOrder()
    {
        PlantAcknowledged(First, 1);
        PlantAcknowledged(Second, 0);

        AssertFinds(ViolationKind.OutOfOrder, Second);
    }

    [Fact]
    public void Check_LaterOfAKeyLiesBeforeWithoutAnsweredPlaces_FindsOutOfOrder()
    {
        foreach (var (what, offset) in new[] { (First, 1L), (Second, 0L) })
        {
            _history.Invoke(what, Topic);
            _history.Ok(what, Topic, Id(what), partition: null, offset: null);
            _log.Add(new LogEntry(what, Id(what), Topic, 0, offset));
        }

        AssertFinds(ViolationKind.OutOfOrder, Second);
    }

    [Fact]
    public void Check_OtherKeysAndClientsInterleave_FindsNothing()
    {
        PlantAcknowledged(new EventIdentity(0, "a", 1), 3);
        PlantAcknowledged(new EventIdentity(0, "b", 2), 2);
        PlantAcknowledged(new EventIdentity(1, "a", 3), 1);

        Assert.Empty(Check());
    }

    [Fact]
    public void Check_TwoEventsUnderOneId_FindsSharedId()
    {
        PlantAcknowledged(First, 0);
        PlantAcknowledged(Second, 1);
        _log[1] = _log[1] with { EventId = _log[0].EventId };

        AssertFinds(ViolationKind.SharedId, Second, alsoAllowed: ViolationKind.WrongId);
    }

    [Fact]
    public void Check_AKeyInTwoPartitions_FindsSplitKey()
    {
        PlantAcknowledged(First, 0);
        PlantAcknowledged(Second, 7, partition: 1);

        AssertFinds(ViolationKind.SplitKey, Second);
    }

    [Fact]
    public void Check_AnOutcomeWithoutInvocation_FindsBrokenHistory()
    {
        _history.Fail(First, Topic, "503");

        AssertFinds(ViolationKind.BrokenHistory, First);
    }

    [Fact]
    public void AssertKept_AViolation_ThrowsNamingIt()
    {
        PlantRefused(First);
        _log.Add(new LogEntry(First, "id", Topic, 0, 0));

        var e = Assert.Throws<InvalidOperationException>(() => HistoryChecker.AssertKept(_history, _log));

        Assert.Contains(nameof(ViolationKind.RefusedButStored), e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20261)]
    [InlineData(20262)]
    [InlineData(20263)]
    public void Check_OneRandomMutationOfALargeHistory_IsFound(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
            PlantAcknowledged(new EventIdentity(i % 7, $"k{i % 7}", (i / 7) + 1), i);
        Assert.Empty(Check());
        var victim = random.Next(_log.Count);

        ViolationKind expected;
        switch (random.Next(4))
        {
            case 0:
                _log.RemoveAt(victim);
                expected = ViolationKind.Lost;
                break;
            case 1:
                _log.Add(_log[victim] with { Offset = _log.Count });
                expected = ViolationKind.Duplicate;
                break;
            case 2:
                _log[victim] = _log[victim] with { EventId = "another" };
                expected = ViolationKind.WrongId;
                break;
            default:
                _log[victim] = _log[victim] with { Offset = 1_000_000 };
                expected = ViolationKind.WrongPlace;
                break;
        }

        Assert.True(Check().Any(v => v.Kind == expected), $"seed {seed}: {expected} of {victim} was not found");
    }

    private static string Id(EventIdentity what) => $"id-{what.Client}-{what.Key}-{what.Sequence}";

    private IReadOnlyList<Violation> Check() => HistoryChecker.Check(_history.Entries, _log);

    private void AssertFinds(ViolationKind kind, EventIdentity what, ViolationKind? alsoAllowed = null)
    {
        var found = Check();
        Assert.Contains(found, v => v.Kind == kind && v.Event == what);
        Assert.All(found, v => Assert.True(v.Kind == kind || v.Kind == alsoAllowed, $"{v}"));
    }

    private void PlantAcknowledged(EventIdentity what, long offset, int partition = 0)
    {
        _history.Invoke(what, Topic);
        _history.Ok(what, Topic, Id(what), partition, offset);
        _log.Add(new LogEntry(what, Id(what), Topic, partition, offset));
    }

    private void PlantRefused(EventIdentity what)
    {
        _history.Invoke(what, Topic);
        _history.Fail(what, Topic, "503 kafka_unavailable");
    }

    private void PlantUnknown(EventIdentity what)
    {
        _history.Invoke(what, Topic);
        _history.Unknown(what, Topic, "TimeoutException");
    }
}
