using EventBus.Core.Storing;
using EventBus.Postgres.Statistics;

namespace EventBus.IntegrationTests.Storing;

public sealed class EventPartitionsTests
{
    [SkippableFact]
    public async Task MaintainAsync_RowsOutsideTheDays_MoveOnceTheirDayIsMade()
    {
        var clock = new SettableTime();
        await using var rig = await StoreRig.StartAsync(time: clock);
        var ahead = StoreRig.Now.AddDays(5);
        await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "now"), rig.Row(1, "ahead", createdAt: ahead)), default);
        Assert.Equal(1L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM events_default"));

        clock.Offset = TimeSpan.FromDays(3);
        await Task.WhenAll(rig.Partitions.MaintainAsync(default), rig.Partitions.MaintainAsync(default));
        await rig.Partitions.MaintainAsync(default);

        Assert.Equal(0L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM events_default"));
        Assert.Equal("ahead", await rig.Sql.ScalarAsync<string>($"SELECT event_id FROM events_{ahead:yyyyMMdd}"));
        // Its indexes are those of the others.
        Assert.Equal(1L, await rig.Sql.ScalarAsync<long>(
            "SELECT count(DISTINCT n) FROM (SELECT count(*) n FROM pg_index i JOIN pg_inherits h ON h.inhrelid = i.indrelid"
            + " WHERE h.inhparent = 'events'::regclass GROUP BY i.indrelid) x"));
    }

    [SkippableFact]
    public async Task MaintainAsync_AfterTheRetention_DaysKeysAndStrayRowsAreGone()
    {
        var clock = new SettableTime();
        await using var rig = await StoreRig.StartAsync(time: clock);
        var longAgo = StoreRig.Now.AddDays(-400);
        await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "old"), rig.Row(1, "stray", createdAt: longAgo)), default);
        await new Heartbeats(rig.Database).BeatAsync(new Heartbeat("i", "worker", 1, 0, 0, 0), default);

        clock.Offset = TimeSpan.FromDays(3);
        await rig.Store.StoreAsync(rig.Batch(rig.Row(2, "new", createdAt: StoreRig.Now.AddDays(3))), default);
        await rig.Partitions.MaintainAsync(default);

        Assert.Equal("new", await rig.Sql.ScalarAsync<string>("SELECT string_agg(event_id, ',') FROM events"));
        Assert.Equal("new", await rig.Sql.ScalarAsync<string>("SELECT string_agg(event_id, ',') FROM event_keys"));
        Assert.Equal(6L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"));
        Assert.Equal(0L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM heartbeats"));
    }

    [SkippableFact]
    public async Task MaintainAsync_LongReaderOfTheTable_GivesWayAndSucceedsLater()
    {
        var clock = new SettableTime();
        await using var rig = await StoreRig.StartAsync(time: clock);
        clock.Offset = TimeSpan.FromDays(3);
        await using (var reader = await rig.Sql.ConnectAsync())
        {
            await using var transaction = await reader.BeginTransactionAsync();
            await using var command = reader.CreateCommand();
            command.CommandText = "SELECT count(*) FROM events";
            await command.ExecuteScalarAsync();

            var maintaining = Assert.ThrowsAsync<StoreUnavailableException>(() => rig.Partitions.MaintainAsync(default));
            Assert.Equal(new StoreResult(1, 0), await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "a")), default));
            await maintaining;
        }

        await rig.Partitions.MaintainAsync(default);
        Assert.Equal(6L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"));
    }

    [SkippableFact]
    public async Task ReadAsync_BeatsOfTwoProcesses_AddsTheirDifferences()
    {
        await using var rig = await StoreRig.StartAsync();
        var statistics = new StatisticsReader(rig.Database);
        Assert.Equal(new StoredStatistics(0, 0, 0, 0, 0, 0, 0, 0), await statistics.ReadAsync(default));
        await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "a"), rig.Row(1, "a"), rig.Row(2, "b")), default);
        await rig.Sql.ExecuteAsync(
            """
            INSERT INTO topics (name, status) VALUES ('game.events', 'active'), ('game.new', 'creating');
            INSERT INTO heartbeats (instance, at, kind, published, failed, consumed, processing_seconds) VALUES
                ('old', now() - INTERVAL '1 hour', 'gateway', 5, 0, 0, 0),
                ('g', now() - INTERVAL '100 seconds', 'gateway', 1000, 10, 0, 0), ('g', now(), 'gateway', 3000, 20, 0, 0),
                ('w', now() - INTERVAL '50 seconds', 'worker', 0, 0, 500, 1), ('w', now(), 'worker', 0, 0, 1500, 3)
            """);
        await new Heartbeats(rig.Database).BeatAsync(new Heartbeat("new", "gateway", 1, 2, 3, 4), default);

        var read = await statistics.ReadAsync(default);

        Assert.Equal((3L, 1, 0, 2000L, 10L, 1000L), (read.Consumed, read.ActiveTopics, read.ActiveSubscriptions, read.PublishedRecently, read.FailedRecently, read.ConsumedRecently));
        Assert.Equal(0.002, read.AverageProcessingTime, 6);
        Assert.InRange(read.PublishedPerSecond, 19, 20);
        Assert.Equal(10.0 / 3010, read.ErrorRate, 6);
    }

    private sealed class SettableTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }
}
