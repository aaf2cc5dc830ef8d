using System.Diagnostics;
using EventBus.Core.Storing;
using EventBus.Postgres.Storing;
using EventBus.TestKit.Network;
using EventBus.TestKit.Postgres;

namespace EventBus.IntegrationTests.Storing;

/// <summary>The store while its database, or the way to it, fails: each offset is stored once, whatever the writer was told.</summary>
public sealed class StoreFaultTests
{
    private const int Rows = 500;

    [SkippableFact]
    public async Task StoreAsync_ConnectionsCutAtAnyMoment_EveryRowIsStoredOnce()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        var server = await PostgresServer.SharedAsync();
        await using var proxy = new TcpProxy(FreePorts.Next(), server.Port);
        await using var rig = await StoreRig.StartAsync(server, proxyPort: proxy.Port);
        const int seed = 20_261;
        var random = new Random(seed);
        using var over = new CancellationTokenSource();
        var cutting = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                // Anywhere in a batch: before COPY, in it, around COMMIT; and replies alone, so that what was committed is not known.
                await Task.Delay(random.Next(5, 60));
                proxy.Responses.Swallow = random.Next(3) == 0;
                await Task.Delay(random.Next(0, 5));
                proxy.Reset();
                proxy.Responses.Swallow = false;
            }
        });

        var (unknown, positions) = await WriteAsync(rig, rig.Store, until: 60 * Rows);
        await over.CancelAsync();
        await cutting;

        Assert.True(unknown > 0, $"no batch was cut (seed {seed})");
        await AssertStoredOnceAsync(rig, 60 * Rows);
        Console.WriteLine($"{unknown} batches cut, {positions} of them stored all the same (seed {seed})");
    }

    [SkippableFact]
    public async Task StoreAsync_TwoOwnersOfOnePartition_EveryRowIsStoredOnce()
    {
        await using var rig = await StoreRig.StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => WriteAsync(rig, rig.AnotherStore(), until: 40 * Rows))));

        await AssertStoredOnceAsync(rig, 40 * Rows);
    }

    [SkippableFact]
    public async Task StoreAsync_SameKeysFromTwoPartitions_OneOfEachIsStored()
    {
        await using var rig = await StoreRig.StartAsync();
        var partitions = Enumerable.Range(1, 2).Select(i => rig.Partition with { Partition = i }).ToList();
        await rig.Store.PositionsAsync([.. partitions.Select(p => new PartitionStart(p, 0))], default);

        // Each in an order of its own, which would deadlock at once if keys were claimed in that.
        var results = await Task.WhenAll(partitions.Select(p => Task.Run(async () =>
        {
            var random = new Random(p.Partition);
            var total = new StoreResult(0, 0);
            for (var b = 0; b < 20; b++)
            {
                var ids = Enumerable.Range(b * 100, 100).ToArray();
                random.Shuffle(ids);
                var rows = ids.Select((id, i) => rig.Row((b * 100) + i, $"e-{id}", partition: p)).ToList();
                var one = await rig.AnotherStore().StoreAsync(new StoreBatch(rows, [new PositionMove(p, b * 100, (b + 1) * 100)]), default);
                total = new StoreResult(total.Stored + one.Stored, total.Duplicates + one.Duplicates);
            }

            return total;
        })));

        Assert.Equal((2000, 2000), (results.Sum(r => r.Stored), results.Sum(r => r.Duplicates)));
        Assert.Equal(2000L, await rig.Sql.ScalarAsync<long>("SELECT count(DISTINCT event_id) FROM events"));
        Assert.Equal(2000L, await rig.CountAsync());
    }

    [SkippableFact]
    public async Task StoreAsync_DatabaseReadOnlyKilledStoppedAndOutOfConnections_IsUnavailableThenGoesOn()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        var settings = new Dictionary<string, string> { ["max_connections"] = "5", ["superuser_reserved_connections"] = "0" };
        await using var server = await PostgresServer.StartAsync(new PostgresServerOptions { Settings = settings });
        await using var rig = await StoreRig.StartAsync(server);
        await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "e-0")), default);

        await server.SetAsync("default_transaction_read_only", "on");
        await UnavailableAsync(rig, 1);
        await server.SetAsync("default_transaction_read_only", "off");
        await Eventually(() => rig.Store.StoreAsync(rig.Batch(rig.Row(1, "e-1")), default));

        await server.KillAsync();
        await UnavailableAsync(rig, 2);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => rig.Store.PositionsAsync([new PartitionStart(rig.Partition, 0)], default));
        await server.RestartAsync();
        await Eventually(() => rig.Store.StoreAsync(rig.Batch(rig.Row(2, "e-2")), default));

        await server.StopAsync();
        await UnavailableAsync(rig, 3);
        await server.RestartAsync();
        var taken = new List<IAsyncDisposable>();
        for (var i = 0; i < 5; i++)
            taken.Add(await rig.Sql.ConnectAsync());
        await UnavailableAsync(rig, 3);
        foreach (var connection in taken)
            await connection.DisposeAsync();
        await Eventually(() => rig.Store.StoreAsync(rig.Batch(rig.Row(3, "e-3")), default));

        Assert.Equal((4L, 4L), (await rig.CountAsync(), await rig.PositionAsync()));
    }

    [SkippableFact]
    public async Task StoreAsync_LockedOrFrozen_GivesUpAfterTheCommandTimeoutAndGoesOn()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        await using var server = await PostgresServer.StartAsync();
        await using var rig = await StoreRig.StartAsync(server);
        await using (var holder = await rig.Sql.ConnectAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await using var command = holder.CreateCommand();
            command.CommandText = "LOCK TABLE event_keys";
            await command.ExecuteNonQueryAsync();
            await UnavailableAsync(rig, 0);
        }

        Assert.Equal(new StoreResult(1, 0), await rig.Store.StoreAsync(rig.Batch(rig.Row(0, "e-0")), default));
        server.Freeze();
        await UnavailableAsync(rig, 1);
        server.Thaw();
        Assert.True(await rig.PositionAsync() is 1 or 2);
    }

    private static Task<StoreUnavailableException> UnavailableAsync(StoreRig rig, int offset) =>
        Assert.ThrowsAsync<StoreUnavailableException>(() => rig.Store.StoreAsync(rig.Batch(rig.Row(offset, $"e-{offset}")), default));

    private static async Task Eventually(Func<Task> action)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (StoreUnavailableException) when (watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Does as the sink does: stores what follows the position, and reads the position anew whenever it is not told the outcome.</summary>
    private static async Task<(int Unknown, int StoredAllTheSame)> WriteAsync(StoreRig rig, PostgresEventStore store, int until)
    {
        var (unknown, storedAllTheSame) = (0, 0);
        var watch = Stopwatch.StartNew();
        for (long next = 0; next < until;)
        {
            try
            {
                await store.StoreAsync(rig.Batch([.. Enumerable.Range((int)next, Rows).Select(i => rig.Row(i, $"e-{i}"))]), default);
                next += Rows;
            }
            catch (Exception e) when (e is StoreUnavailableException or PositionConflictException)
            {
                Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"at {next} after two minutes: {e.Message}");
                var before = next;
                await Eventually(async () => next = (await store.PositionsAsync([new PartitionStart(rig.Partition, 0)], default))[0]);
                unknown++;
                storedAllTheSame += next > before ? 1 : 0;
            }
        }

        return (unknown, storedAllTheSame);
    }

    private static async Task AssertStoredOnceAsync(StoreRig rig, long count)
    {
        var stored = (await rig.Sql.RowsAsync("SELECT count(*), count(DISTINCT \"offset\"), count(DISTINCT event_id), max(\"offset\") FROM events"))[0];
        Assert.Equal([count, count, count, count - 1], stored);
        Assert.Equal([count, count, 0L], (await rig.Sql.RowsAsync("SELECT next, stored, duplicates FROM sink_offsets"))[0]);
    }
}
