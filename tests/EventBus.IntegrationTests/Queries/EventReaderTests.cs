using System.Text;
using EventBus.Core.Storing;
using EventBus.Core.Settings;
using EventBus.Postgres;
using EventBus.Postgres.Queries;

namespace EventBus.IntegrationTests.Queries;

/// <summary>Search and single events against a real PostgreSQL.</summary>
public sealed class EventReaderTests
{
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SearchAsync_PagesWhileNewerRowsArrive_EachOnceInOrder(bool ascending)
    {
        await using var store = await StoreFixture.CreateAsync();
        // Ten share each moment: the id must decide among them.
        await store.InsertAsync(0, 1000, ("created_at", "timestamptz '2026-03-10 00:00Z' + n / 10 * interval '1 hour' / 50"));
        using var events = new EventReader(store.Database);
        using var stop = new CancellationTokenSource();
        var arriving = ArriveAsync(store, stop.Token);

        var ids = await AllAsync(events, new EventQuery { Limit = 37, IsAscending = ascending });
        await stop.CancelAsync();
        await arriving;

        var old = ids.Select(id => int.Parse(id[1..])).Where(n => n < 1000).ToList();
        Assert.Equal(1000, old.Distinct().Count());
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var moments = old.Select(n => n / 10).ToList();
        Assert.Equal(ascending ? moments.Order() : moments.OrderDescending(), moments);
    }

    [SkippableFact]
    public async Task SearchAsync_EachFilterAndAllTogether_FindsWhatSqlFinds()
    {
        await using var store = await StoreFixture.CreateAsync();
        await store.InsertAsync(0, 2000);
        using var events = new EventReader(store.Database);
        var since = StoreFixture.Day.AddSeconds(500);
        (EventQuery Query, string Sql)[] cases =
        [
            (new() { Limit = 1000, Topic = "game.topic3" }, "topic = 'game.topic3'"),
            (new() { Limit = 1000, Type = "game.type2" }, "event_type = 'game.type2'"),
            (new() { Limit = 1000, Source = "source7" }, "source = 'source7'"),
            (new() { Limit = 1000, SessionId = "session42" }, "session_id = 'session42'"),
            (new() { Limit = 1000, Since = since, Until = since.AddSeconds(10) }, "\"offset\" BETWEEN 500 AND 509"),
            (new() { Limit = 1000, Topic = "game.topic3", Type = "game.type3", Source = "source3", SessionId = "session43", Since = since },
                "topic = 'game.topic3' AND event_type = 'game.type3' AND source = 'source3' AND session_id = 'session43' AND \"offset\" >= 500"),
        ];
        foreach (var (query, sql) in cases)
        {
            var expected = (await store.Sql.RowsAsync($"SELECT event_id FROM events WHERE {sql} ORDER BY created_at DESC, id DESC")).Select(r => (string)r[0]!);
            Assert.NotEmpty(expected);
            Assert.Equal(expected, await AllAsync(events, query));
        }
    }

    [SkippableFact]
    public async Task SearchAsync_LargePayloads_PageEndsAtItsBytesAndGoesOn()
    {
        await using var store = await StoreFixture.CreateAsync();
        await store.InsertAsync(0, 40, ("payload", "repeat(chr(97 + n % 26), 1024 * 1024)"));
        using var events = new EventReader(store.Database);

        await using (var page = await events.SearchAsync(new EventQuery { Limit = 1000 }, CancellationToken.None))
        {
            Assert.NotNull(page.Next);
            var count = 0;
            while (await page.ReadAsync(CancellationToken.None) is { } stored)
            {
                count++;
                Assert.Equal(1024 * 1024, stored.Payload!.Value.Length);
            }

            Assert.Equal(EventReader.MaxPageBytes / (1024 * 1024), count);
        }

        Assert.Equal(40, (await AllAsync(events, new EventQuery { Limit = 1000 })).Count);
    }

    [SkippableFact]
    public async Task SearchAsync_PayloadsOfEveryKind_AreReadAsStored()
    {
        await using var store = await StoreFixture.CreateAsync();
        await store.InsertAsync(0, 1, ("payload", "NULL"), ("payload_bytes", @"'\xff00fe'::bytea"));
        await store.InsertAsync(1, 1, ("payload", "NULL"));
        await store.InsertAsync(2, 1, ("payload", "''"));
        await store.InsertAsync(3, 1, ("payload", "'žluťoučký 🐎'"), ("headers", "'{\"a\":\"b\"}'"), ("key", "'k'"), ("player_id", "'p'"));
        using var events = new EventReader(store.Database);

        var bytes = (await events.FindAsync("e0", null, CancellationToken.None))!;
        var none = (await events.FindAsync("e1", null, CancellationToken.None))!;
        var empty = (await events.FindAsync("e2", null, CancellationToken.None))!;
        var text = (await events.FindAsync("e3", null, CancellationToken.None))!;

        Assert.Equal([0xff, 0x00, 0xfe], bytes.Payload!.Value.ToArray());
        Assert.False(bytes.PayloadIsText);
        Assert.Null(none.Payload);
        Assert.Equal(0, empty.Payload!.Value.Length);
        Assert.True(text.PayloadIsText);
        Assert.Equal("žluťoučký 🐎", Encoding.UTF8.GetString(text.Payload!.Value.Span));
        Assert.Equal(("{\"a\":\"b\"}", "k", "p", "session3"), (text.Headers, text.Key, text.PlayerId, text.SessionId));
        Assert.Equal(StoreFixture.Day.AddSeconds(3), text.CreatedAt);
    }

    [SkippableFact]
    public async Task FindAsync_SameIdOfTwoSources_NewestUnlessSourceSaysWhich()
    {
        await using var store = await StoreFixture.CreateAsync();
        await store.InsertAsync(1, 2, ("event_id", "'same'"), ("source", "'source' || n"));
        using var events = new EventReader(store.Database);

        Assert.Equal("source2", (await events.FindAsync("same", null, CancellationToken.None))!.Source);
        Assert.Equal("source1", (await events.FindAsync("same", "source1", CancellationToken.None))!.Source);
        Assert.Null(await events.FindAsync("same", "source3", CancellationToken.None));
        Assert.Null(await events.FindAsync("other", null, CancellationToken.None));
    }

    [SkippableFact]
    public async Task AnyQuery_NoServer_SaysThatItIsUnavailable()
    {
        await using var database = new Database(new DatabaseSettings { Url = "postgresql://nobody@127.0.0.1:1/none" }, "tests");
        using var events = new EventReader(database);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => events.FindAsync("e", null, CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => events.SearchAsync(new EventQuery { Limit = 1 }, CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => new StatusReader(database).FindAsync("e", null, CancellationToken.None));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => new SinkPositionReader(database).ReadAsync(CancellationToken.None));
    }

    [SkippableFact]
    public async Task StatusAsync_StoredWithDeliveries_AreThoseOfTheEvent()
    {
        await using var store = await StoreFixture.CreateAsync();
        await store.InsertAsync(0, 10);
        await store.Sql.ExecuteAsync(
            """
            INSERT INTO event_deliveries (event_id, subscription_id, attempt_number, status, method, status_code, delivered_at)
            VALUES ('e4', 's1', 1, 'failed', 'webhook', 500, now() - interval '1 minute'), ('e4', 's1', 2, 'delivered', 'webhook', 200, now()),
                ('e5', 's1', 1, 'delivered', 'webhook', 200, now())
            """);

        var status = (await new StatusReader(store.Database).FindAsync("e4", null, CancellationToken.None))!;

        Assert.Equal(("e4", "game.topic4", 0, 4L), (status.EventId, status.Topic, status.Partition, status.Offset));
        Assert.Equal([(1, 500), (2, 200)], status.Deliveries.Select(d => (d.AttemptNumber, d.StatusCode!.Value)));
        Assert.Empty((await new StatusReader(store.Database).FindAsync("e6", null, CancellationToken.None))!.Deliveries);
    }

    private static async Task ArriveAsync(StoreFixture store, CancellationToken cancellation)
    {
        for (var n = 1_000_000; !cancellation.IsCancellationRequested; n += 5)
            await store.InsertAsync(n, 5, ("created_at", $"timestamptz '2026-03-12 00:00Z' + (n - 1000000) * interval '1 millisecond'"));
    }

    private static async Task<List<string>> AllAsync(EventReader events, EventQuery query)
    {
        var ids = new List<string>();
        while (true)
        {
            await using var page = await events.SearchAsync(query, CancellationToken.None);
            var count = 0;
            while (await page.ReadAsync(CancellationToken.None) is { } stored)
            {
                ids.Add(stored.EventId);
                count++;
            }

            Assert.InRange(count, 0, query.Limit);
            // Those that arrive meanwhile at the young end would go on for as long as the test inserts.
            if (page.Next is not { } next || (query.IsAscending && next.CreatedAt >= StoreFixture.Day.AddDays(2)))
                return ids;
            query = query with { After = next };
        }
    }
}
