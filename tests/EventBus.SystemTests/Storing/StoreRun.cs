using System.Diagnostics;
using System.Globalization;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Postgres;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Storing;

/// <summary>
/// A database and workers of a test's own on a shared broker, a producer that writes while the test hurts them, and the rows held against the
/// log at the end.
/// </summary>
public sealed class StoreRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int _runs;

    private readonly ITestOutputHelper _output;
    private readonly List<WorkerProcess> _workers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly int _run = Interlocked.Increment(ref _runs);
    private Task _load = Task.CompletedTask;
    private int _next;

    private StoreRun(KafkaCluster cluster, PostgresServer server, PostgresDatabase database, ITestOutputHelper output)
    {
        (Cluster, Server, Database, _output) = (cluster, server, database, output);
        Writer = new EventWriter(cluster.BootstrapServers);
        Topic = $"game.run{_run}.a";
    }

    /// <summary>Why it cannot run here; null where it can.</summary>
    public static string? UnavailableReason => WorkerProcess.UnavailableReason ?? SharedFixture.UnavailableReason ?? PostgresServer.UnavailableReason;

    public KafkaCluster Cluster { get; }

    public PostgresServer Server { get; }

    public PostgresDatabase Database { get; }

    public EventWriter Writer { get; }

    /// <summary>A topic of three partitions, made and registered.</summary>
    public string Topic { get; }

    public string DeadLetterTopic => $"dead-letters-{_run}";

    public IReadOnlyList<WorkerProcess> Workers => _workers;

    /// <summary>A topic's name that no other run has.</summary>
    public string TopicNamed(string last) => $"game.run{_run}.{last}";

    public static async Task<StoreRun> StartAsync(KafkaCluster cluster, PostgresServer server, ITestOutputHelper output)
    {
        var run = new StoreRun(cluster, server, await server.CreateDatabaseAsync(), output);
        try
        {
            await cluster.CreateTopicAsync(run.Topic, partitions: 3);
            await run.AddWorkerAsync();
            await run.RegisterAsync(run.Topic);
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }

        return run;
    }

    public async Task<WorkerProcess> AddWorkerAsync(params (string Name, string? Value)[] environment)
    {
        var worker = WorkerProcess.Launch(Cluster.BootstrapServers, Database.Url,
            [("KAFKA_GROUP_ID", $"run-{_run}"), ("EVENT_BUS_DEAD_LETTER_TOPIC", DeadLetterTopic), ("KAFKA_SESSION_TIMEOUT", "6s"), ("KAFKA_HEARTBEAT_INTERVAL", "1s"), .. environment]);
        _workers.Add(worker);
        await worker.WaitReadyAsync();
        return worker;
    }

    public Task RegisterAsync(string topic) => Database.ExecuteAsync($"INSERT INTO topics (name) VALUES ('{topic}')");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(WorkerProcess worker)
    {
        _workers.Remove(worker);
        worker.Process.Send(Signal.Kill);
        await worker.DisposeAsync();
    }

    /// <summary>Writes some thousand events a second from now on, a tenth of them twice.</summary>
    public void BeginLoad() => _load = Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            Write(50);
            await Task.Delay(20);
        }
    });

    /// <summary>Writes events, a tenth of them twice.</summary>
    public void Write(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var id = (_next++).ToString(CultureInfo.InvariantCulture);
            Writer.Write(Topic, id, $$"""{"n":{{id}}}""");
            if (_next % 10 == 0)
                Writer.Write(Topic, id, $$"""{"n":{{id}}}""");
        }
    }

    public async Task EndLoadAsync()
    {
        await _stop.CancelAsync();
        await _load;
        Writer.Flush();
    }

    public Task<long> RowCountAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM events");

    /// <summary>Waits until more rows are stored than are now.</summary>
    public async Task ProgressAsync(int rows = 200)
    {
        var target = await RowCountAsync() + rows;
        await UntilAsync(async () => await RowCountAsync() >= target, $"{target} rows");
    }

    public async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (Npgsql.NpgsqlException) when (watch.Elapsed < Patience)
            {
                // The database is what the test hurts.
            }

            Assert.True(watch.Elapsed < Patience, $"not within {Patience}, with {_workers.Count} workers: {what}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until the store has come to the log's end, and holds its rows against the log.</summary>
    public async Task CheckAsync(params string[] topics)
    {
        string[] all = topics.Length == 0 ? [Topic] : topics;
        using var reader = new RecordReader(Cluster.BootstrapServers);
        var end = all.Sum(reader.EndOffset);
        var names = string.Join(',', all.Select(t => $"'{t}'"));
        await UntilAsync(
            async () => await Database.ScalarAsync<long>($"SELECT coalesce(sum(next), 0)::bigint FROM sink_offsets WHERE topic IN ({names})") == end,
            $"the store's positions sum up to {end}");

        var rows = await Database.RowsAsync($"SELECT topic, partition, \"offset\", source, event_id, payload FROM events WHERE topic IN ({names}) ORDER BY 1, 2, 3");
        var records = all.Order(StringComparer.Ordinal).SelectMany(reader.ReadAll).ToList();
        var expected = records.Select(r => (Record: r, Event: CloudEventRecords.Decode(r))).DistinctBy(r => (r.Event.Source, r.Event.Id))
            .Select(r => new object?[] { r.Record.Topic, r.Record.Partition, r.Record.Offset, $"{r.Event.Source}", r.Event.Id, r.Record.ValueText }).ToList();
        Assert.Equal(expected.Count, rows.Count);
        Assert.Equal(expected, rows);
        Assert.Equal(
            (long)records.Count - expected.Count, await Database.ScalarAsync<long>($"SELECT sum(duplicates)::bigint FROM sink_offsets WHERE topic IN ({names})"));
        Assert.Equal((long)expected.Count, await Database.ScalarAsync<long>($"SELECT sum(stored)::bigint FROM sink_offsets WHERE topic IN ({names})"));
        Assert.Equal(0, await Database.ScalarAsync<long>($"SELECT sum(lost)::bigint FROM sink_offsets WHERE topic IN ({names})"));
        _output.WriteLine($"{records.Count} records, {rows.Count} rows");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _load;
        foreach (var worker in _workers)
        {
            _output.WriteLine($"A worker's output:\n{worker.Process.Output}");
            await worker.DisposeAsync();
        }

        Writer.Dispose();
        _stop.Dispose();
        if (Server.IsRunning)
            await Database.DisposeAsync();
    }
}
