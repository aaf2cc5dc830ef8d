using System.Text;
using EventBus.Core.Events;
using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Postgres;
using EventBus.Postgres.Maintenance;
using EventBus.Postgres.Migrations;
using EventBus.Postgres.Storing;
using EventBus.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.IntegrationTests.Storing;

/// <summary>A migrated database of a test's own, with the classes of the store over it.</summary>
internal sealed class StoreRig : IAsyncDisposable
{
    private static int _ids;

    private StoreRig(PostgresDatabase sql, TimeProvider time, string url, TimeSpan retention)
    {
        Sql = sql;
        Database = new Database(new DatabaseSettings { Url = url, StoreRetention = retention }, "test");
        Partitions = new EventPartitions(Database, time, NullLogger<EventPartitions>.Instance);
        Schema = new DatabaseSchema(Database, Partitions, time, NullLogger<DatabaseSchema>.Instance);
        Store = new PostgresEventStore(Database, time, NullLogger<PostgresEventStore>.Instance);
    }

    public PostgresDatabase Sql { get; }

    public Database Database { get; }

    public EventPartitions Partitions { get; }

    public DatabaseSchema Schema { get; }

    public PostgresEventStore Store { get; }

    /// <summary>A partition of this rig's own topic, entered at 0 by <see cref="StartAsync"/>.</summary>
    public TopicPartitionId Partition { get; } = new(new Guid(1, 2, 3, new byte[8]), "game.events", 0);

    /// <summary>Makes and migrates a database, with a short retention so that few partitions have to be made.</summary>
    public static async Task<StoreRig> StartAsync(
        PostgresServer? server = null, TimeProvider? time = null, int? proxyPort = null, TimeSpan? retention = null)
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        var database = await (server ?? await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var url = (proxyPort is { } port ? database.UrlAt(port) : database.Url) + "?Command%20Timeout=5";
        var rig = new StoreRig(database, time ?? TimeProvider.System, url, retention ?? TimeSpan.FromDays(1));
        Assert.Equal(SchemaState.UpToDate, (await rig.Schema.MigrateAsync(default)).State);
        Assert.Equal([0L], await rig.Store.PositionsAsync([new PartitionStart(rig.Partition, 0)], default));
        return rig;
    }

    /// <summary>Another process's store over the same database.</summary>
    public PostgresEventStore AnotherStore() => new(Database, TimeProvider.System, NullLogger<PostgresEventStore>.Instance);

    public EventRow Row(long offset, string eventId, string source = "server-1", DateTime? createdAt = null, TopicPartitionId? partition = null) => new()
    {
        Id = new Guid(Interlocked.Increment(ref _ids), 0, 0, new byte[8]),
        Partition = partition ?? Partition,
        Offset = offset,
        EventId = Encoding.UTF8.GetBytes(eventId),
        EventType = "game.kill"u8.ToArray(),
        Source = Encoding.UTF8.GetBytes(source),
        Payload = "{\"weapon\":\"röck\"}"u8.ToArray(),
        PayloadIsText = true,
        Priority = EventPriority.Normal,
        IsReplayable = true,
        Timestamp = Now,
        CreatedAt = createdAt ?? Now,
    };

    /// <summary>In whole milliseconds, as Kafka's times are.</summary>
    public static DateTime Now { get; } = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).UtcDateTime;

    /// <summary>A batch of this rig's partition that goes on where the offset of its first row is.</summary>
    public StoreBatch Batch(params EventRow[] rows) => new(rows, [new PositionMove(Partition, rows[0].Offset, rows[^1].Offset + 1)]);

    public Task<long> CountAsync() => Sql.ScalarAsync<long>("SELECT count(*) FROM events");

    public async Task<long> PositionAsync() => (await Store.PositionsAsync([new PartitionStart(Partition, 0)], default))[0];

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Sql.DisposeAsync();
    }
}
