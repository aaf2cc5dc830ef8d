using System.Text;
using EventBus.Core.Storing;

namespace EventBus.IntegrationTests.Storing;

/// <summary>What is stored and what is not, with a database that works.</summary>
public sealed class PostgresEventStoreTests
{
    [SkippableFact]
    public async Task StoreAsync_EveryField_IsInItsColumn()
    {
        await using var rig = await StoreRig.StartAsync();
        var full = rig.Row(0, "e-1") with
        {
            ContentType = "application/json"u8.ToArray(), Key = "k"u8.ToArray(), SessionId = "s"u8.ToArray(), PlayerId = "p"u8.ToArray(),
            Headers = "{\"a\":\"b\"}"u8.ToArray(), IsReplayable = false, Priority = Core.Events.EventPriority.Critical,
            Timestamp = new DateTime(2026, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddMicroseconds(789),
        };
        var bytes = rig.Row(1, "e-2") with { Payload = new byte[] { 0, 0xFF }, PayloadIsText = false };
        var large = rig.Row(2, "e-3") with { Payload = Encoding.UTF8.GetBytes(new string('x', 1 << 20)) };

        var result = await rig.Store.StoreAsync(rig.Batch(full, bytes, large, rig.Row(3, "e-4") with { Payload = null }), default);

        Assert.Equal(new StoreResult(4, 0), result);
        var rows = await rig.Sql.RowsAsync(
            """
            SELECT event_id, event_type, topic, source, payload, partition, "offset", status, priority, is_replayable, content_type, key, session_id,
                player_id, headers, topic_id, "timestamp", payload_bytes, id, length(payload), processed_at > created_at, is_encrypted FROM events ORDER BY "offset"
            """);
        Assert.Equal(
            ["e-1", "game.kill", "game.events", "server-1", "{\"weapon\":\"röck\"}", 0, 0L, "pending", "critical", false, "application/json", "k", "s",
                "p", "{\"a\":\"b\"}", rig.Partition.TopicId, full.Timestamp, null, full.Id],
            rows[0][..19]);
        Assert.Equal([null, null, null, null, null, null], [rows[1][4], .. rows[1][10..15]]);
        Assert.Equal([0, 0xFF], (byte[])rows[1][17]!);
        Assert.Equal(1 << 20, rows[2][19]);
        Assert.Equal([null, null], [rows[3][4], rows[3][17]]);
        Assert.Equal([true, false], rows[0][20..]);
        // Nothing of it waits in the default partition.
        Assert.Equal(0L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM events_default"));
    }

    [SkippableFact]
    public async Task StoreAsync_DuplicatesInAndAcrossBatches_FirstStandsAndAllAreCounted()
    {
        await using var rig = await StoreRig.StartAsync();

        var first = await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "a"), rig.Row(1, "b"), rig.Row(2, "a"), rig.Row(3, "a", "server-2")), default);
        var second = await rig.Store.StoreAsync(rig.Batch(rig.Row(4, "b"), rig.Row(5, "c"), rig.Row(6, "c"), rig.Row(7, "b")), default);

        Assert.Equal((new StoreResult(3, 1), new StoreResult(1, 3)), (first, second));
        Assert.Equal([0L, 1L, 3L, 5L], (await rig.Sql.RowsAsync("SELECT \"offset\" FROM events ORDER BY 1")).Select(r => r[0]));
        Assert.Equal([8L, 4L, 4L], (await rig.Sql.RowsAsync("SELECT next, stored, duplicates FROM sink_offsets"))[0]);
        Assert.Equal(0L, await rig.Sql.ScalarAsync<long>(
            "SELECT count(*) FROM event_keys k FULL JOIN events e ON (e.id, e.created_at) = (k.id, k.created_at) WHERE k.id IS NULL OR e.id IS NULL"));
    }

    [SkippableFact]
    public async Task StoreAsync_PairReusedAfterTheWindow_IsAnotherEvent()
    {
        await using var rig = await StoreRig.StartAsync();
        var start = StoreRig.Now - TimeSpan.FromDays(4);
        EventRow At(long offset, string id, double hours) => rig.Row(offset, id, createdAt: start.AddHours(hours));

        await rig.Store.StoreAsync(rig.Batch(At(0, "x", 0), At(1, "y", 0)), default);
        // x: a duplicate at 12 and 24, another event at 25, a duplicate of that at 48, another at 50. z: within one batch, from nothing.
        var result = await rig.Store.StoreAsync(
            rig.Batch(At(2, "x", 12), At(3, "x", 24), At(4, "x", 25), At(5, "x", 48), At(6, "x", 50), At(7, "z", 0), At(8, "z", 1), At(9, "z", 30)), default);
        // Out of order: older than what is stored is a duplicate, and y's own window is over.
        var last = await rig.Store.StoreAsync(rig.Batch(At(10, "x", 49), At(11, "y", 24.1)), default);

        Assert.Equal((new StoreResult(4, 4), new StoreResult(1, 1)), (result, last));
        Assert.Equal([0L, 1L, 4L, 6L, 7L, 9L, 11L], (await rig.Sql.RowsAsync("SELECT \"offset\" FROM events ORDER BY 1")).Select(r => r[0]));
        // The key points at the newest.
        Assert.Equal([6L, 11L, 9L], (await rig.Sql.RowsAsync(
            "SELECT e.\"offset\" FROM event_keys k JOIN events e USING (id) ORDER BY k.event_id")).Select(r => r[0]));
    }

    [SkippableFact]
    public async Task StoreAsync_RowsThatCannotBeTaken_AreFoundAndNothingIsStored()
    {
        await using var rig = await StoreRig.StartAsync();
        var rows = Enumerable.Range(0, 100).Select(i => rig.Row(i, $"e-{i}")).ToArray();
        rows[0] = rows[0] with { EventType = Encoding.UTF8.GetBytes(new string('t', 101)) };
        rows[57] = rows[57] with { Payload = "a\0b"u8.ToArray() };
        rows[58] = rows[58] with { EventId = new byte[] { 0xC3, 0x28 } };
        rows[99] = rows[99] with { SessionId = Encoding.UTF8.GetBytes(new string('ü', 101)) };

        var refused = await Assert.ThrowsAsync<RowsRefusedException>(() => rig.Store.StoreAsync(rig.Batch(rows), default));

        Assert.Equal([0, 57, 58, 99], refused.Rows.Select(r => r.Index));
        Assert.Contains("character varying(100)", refused.Rows[0].Reason, StringComparison.Ordinal);
        Assert.Equal((0L, 0L), (await rig.CountAsync(), await rig.PositionAsync()));
        var rest = rows.Where((_, i) => i is not (0 or 57 or 58 or 99)).ToList();
        var moves = new[] { new PositionMove(rig.Partition, 0, 100, DeadLettered: 4) };
        Assert.Equal(new StoreResult(96, 0), await rig.Store.StoreAsync(new StoreBatch(rest, moves), default));
        Assert.Equal(4L, await rig.Sql.ScalarAsync<long>("SELECT dead_lettered FROM sink_offsets"));
    }

    [SkippableFact]
    public async Task PositionsAsync_KnownAndNewPartitions_EachInItsPlace()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "a")), default);
        var again = rig.Partition with { TopicId = new Guid(9, 9, 9, new byte[8]) };

        var positions = await rig.Store.PositionsAsync(
            [new PartitionStart(rig.Partition with { Partition = 1 }, 77), new PartitionStart(rig.Partition, 5), new PartitionStart(again, 0)], default);

        Assert.Equal([77, 1, 0], positions);
        Assert.Equal([], await rig.Store.PositionsAsync([], default));
        var nothing = new StoreBatch([], [new PositionMove(again, 0, 12, Lost: 10)]);
        Assert.Equal(new StoreResult(0, 0), await rig.Store.StoreAsync(nothing, default));
        Assert.Equal(12, (await rig.Store.PositionsAsync([new PartitionStart(again, 0)], default))[0]);
    }

    [SkippableFact]
    public async Task StoreAsync_PositionMovedByAnother_IsAConflictAndNothingIsStored()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "a")), default);

        await Assert.ThrowsAsync<PositionConflictException>(() => rig.Store.StoreAsync(rig.Batch(rig.Row(0, "b")), default));

        Assert.Equal((1L, 1L), (await rig.CountAsync(), await rig.PositionAsync()));
        Assert.Equal(1L, await rig.Sql.ScalarAsync<long>("SELECT count(*) FROM event_keys"));
    }
}
