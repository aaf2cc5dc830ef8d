using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using EventBus.Core.Events;
using EventBus.Core.Resilience;
using EventBus.Core.Settings;
using EventBus.Core.Topics;
using EventBus.Kafka.Client;
using EventBus.Kafka.Embedded;
using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Topics;

/// <summary>
/// The topics that Kafka's own metadata knows, asked for every second on a thread of its own; and, since that is the probe, whether
/// Kafka is there at all: it trips the circuit when two requests in turn fail, or one while all brokers are down, and closes it with
/// the next answer.
/// </summary>
/// <remarks>Until the first answer the circuit is open: better a 503 than a 404 for a topic that is there.</remarks>
public sealed partial class KafkaTopicDirectory : ITopicRegistry, IAsyncDisposable
{
    private const int MaxTopics = 10_000;
    private const int FailuresToTrip = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IntervalWhileAway = TimeSpan.FromMilliseconds(250);

    // However often a refresh is asked for.
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(100);

    // Above the admin client's socket.timeout.ms, so that a hung broker's connection is closed before the next request.
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KnownAfterCreation = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(5);

    private readonly KafkaSettings _settings;
    private readonly CircuitBreaker _circuit;
    private readonly TimeProvider _time;
    private readonly ILogger<KafkaTopicDirectory> _logger;
    private readonly IAdminClient _admin;
    private readonly TopicTracker _tracker;
    private readonly TopicMinimums _minimums;
    private readonly TopicCreator _creator;
    private readonly ConcurrentDictionary<string, Task<TopicCreation>> _creating = new(StringComparer.Ordinal);
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _nextRefresh = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private volatile bool _allBrokersDown;
    private volatile string? _lastError;
    private volatile RegistrySnapshot? _registry;

    // The most that were ever there: a topic made while one is down is to have as many replicas as any other.
    private volatile int _brokers;
    private int _failures;
    private bool _answeredOnce;
    private int _underMinimum;
    private bool _overflowLogged;
    private bool _minimumUnknownLogged;
    private long _startedAt;

    /// <summary>Makes the directory and its client; nothing is asked before <see cref="Start"/>.</summary>
    /// <param name="settings">How to reach Kafka, and the defaults of new topics.</param>
    /// <param name="deadLetterTopic">The dead-letter topic, which is left out.</param>
    /// <param name="circuit">The circuit on Kafka, which this directory alone drives.</param>
    /// <param name="embedded">The embedded cluster where that is the one behind <paramref name="settings"/>, else null.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="names">The grammar of topics: others of the cluster are not listed. Null lists all.</param>
    /// <exception cref="InvalidOperationException">librdkafka refuses a setting; the message names it.</exception>
    public KafkaTopicDirectory(
        KafkaSettings settings,
        string deadLetterTopic,
        CircuitBreaker circuit,
        EmbeddedCluster? embedded,
        TimeProvider time,
        ILogger<KafkaTopicDirectory> logger,
        EventNames? names = null)
    {
        _settings = settings;
        _circuit = circuit;
        _time = time;
        _logger = logger;
        _tracker = new TopicTracker(deadLetterTopic, MaxTopics, names);
        _admin = new AdminClientBuilder(KafkaClientProperties.Admin(settings))
            .SetErrorHandler((_, error) => OnError(error))
            .SetLogHandler((_, message) => LogLibrary(message.Facility, message.Message))
            .Build();
        _minimums = new TopicMinimums(_admin, _tracker, hasSettings: embedded is null, RequestTimeout);
        _creator = new TopicCreator(settings, _admin, embedded);
        Admin = new KafkaTopicAdmin(_admin, _creator, BrokersAsync, hasSettings: embedded is null);
        circuit.Trip("Kafka has not answered yet");
    }

    /// <inheritdoc />
    public TopicSnapshot Current => _tracker.Current;

    /// <summary>Makes, describes, changes and removes topics.</summary>
    public KafkaTopicAdmin Admin { get; }

    /// <summary>
    /// The registered topics, to which <see cref="Current"/> is restricted from the next metadata answer on; null restricts it to nothing.
    /// </summary>
    public RegistrySnapshot? Registry
    {
        get => _registry;
        set
        {
            _registry = value;
            _wake.Set();
        }
    }

    /// <summary>Whether Kafka answers.</summary>
    public bool Connected => !_circuit.IsOpen;

    /// <summary>Starts the thread that asks.</summary>
    public void Start()
    {
        _startedAt = _time.GetTimestamp();
        new Thread(Run) { Name = "kafka-topics", IsBackground = true }.Start();
    }

    /// <summary>Has the metadata asked for at once, where a topic or a failure makes that worth it.</summary>
    /// <returns>Ends with the first request that begins after this call, whether it is answered or not.</returns>
    public Task RefreshSoon()
    {
        var refresh = Volatile.Read(ref _nextRefresh).Task;
        _wake.Set();
        return refresh;
    }

    /// <summary>Makes a topic and waits until <see cref="Current"/> shows it. Calls for one name at a time share one request.</summary>
    public Task<TopicCreation> CreateTopicAsync(TopicRequest request, CancellationToken cancellation)
    {
        var mine = new TaskCompletionSource<TopicCreation>(TaskCreationOptions.RunContinuationsAsynchronously);
        var shared = _creating.GetOrAdd(request.Name, mine.Task);
        if (shared == mine.Task)
            _ = CreateAsync(request, mine);

        return shared.WaitAsync(cancellation);
    }

    /// <summary>Ends the thread and the client.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping)
            return;

        _stopping = true;
        _wake.Set();
        if (_startedAt != 0)
            await Task.WhenAny(_stopped.Task, Task.Delay(DisposeTimeout, _time)).ConfigureAwait(false);

        // librdkafka may hang while it closes a connection; that must not hold up the process's end.
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            _admin.Dispose();
            closed.SetResult();
        }) { Name = "kafka-topics-close", IsBackground = true }.Start();
        await Task.WhenAny(closed.Task, Task.Delay(DisposeTimeout, _time)).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until <see cref="Registry"/> is in force and <see cref="Current"/> shows a topic, or no longer does; a few seconds at most.
    /// </summary>
    /// <param name="name">The topic's name.</param>
    /// <param name="isShown">What to wait for.</param>
    public async Task UntilShownAsync(string name, bool isShown = true)
    {
        byte[] utf8Name = Encoding.UTF8.GetBytes(name);
        long start = _time.GetTimestamp();
        bool IsSo() => _tracker.Registry == _registry && Current.TryGet(utf8Name, out _) == isShown;
        while (!_stopping && _tracker.IsPublic(name) && !IsSo() && _time.GetElapsedTime(start) < KnownAfterCreation)
            await RefreshSoon().ConfigureAwait(false);
    }

    /// <summary>How many brokers there are at most; 0 where none has answered yet.</summary>
    private async Task<int> BrokersAsync()
    {
        if (_brokers == 0)
            await RefreshSoon().ConfigureAwait(false);

        return _brokers;
    }

    private async Task CreateAsync(TopicRequest request, TaskCompletionSource<TopicCreation> result)
    {
        try
        {
            var creation = await _creator.CreateAsync(request, await BrokersAsync().ConfigureAwait(false)).ConfigureAwait(false);
            if (creation.Outcome == TopicCreationOutcome.Created)
                LogCreated(request.Name);

            if (creation.Outcome is TopicCreationOutcome.Created or TopicCreationOutcome.AlreadyExists)
                await UntilShownAsync(request.Name).ConfigureAwait(false);

            _creating.TryRemove(request.Name, out _);
            result.SetResult(creation);
        }
        catch (Exception e)
        {
            _creating.TryRemove(request.Name, out _);
            result.SetException(e);
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            var refresh = Interlocked.Exchange(ref _nextRefresh, new(TaskCreationOptions.RunContinuationsAsynchronously));
            bool answered = Refresh();
            refresh.SetResult();
            if (_stopping)
                break;

            Thread.Sleep(LeastInterval);
            _wake.WaitOne(answered ? Interval - LeastInterval : IntervalWhileAway - LeastInterval);
        }

        Volatile.Read(ref _nextRefresh).TrySetResult();
        _stopped.SetResult();
    }

    private bool Refresh()
    {
        try
        {
            OnAnswer(_admin.GetMetadata(RequestTimeout));
            RefreshMinimums();
            ReportUnderMinimum();
            return true;
        }
        catch (KafkaException e)
        {
            OnFailure(e.Error.Reason);
        }
        catch (Exception e)
        {
            // The thread must live: without it no topic would be found and no circuit closed any more.
            LogUnexpected(e);
            OnFailure(e.Message);
        }

        return false;
    }

    private void OnAnswer(Metadata metadata)
    {
        _failures = 0;
        _allBrokersDown = false;
        _brokers = Math.Max(_brokers, metadata.Brokers.Count);
        var (added, removed) = _tracker.Apply(metadata.Topics, _registry);

        // After the snapshot: whoever sees the circuit closed must find the topics.
        if (_circuit.Close())
            LogConnected(metadata.Brokers.Count, Current.Topics.Count);
        else if (added + removed > 0)
            LogTopicsChanged(added, removed, Current.Topics.Count);

        if (_tracker.Overflowed && !_overflowLogged)
        {
            _overflowLogged = true;
            LogTooManyTopics(MaxTopics);
        }

        _answeredOnce = true;
        _lastError = null;
    }

    private void OnFailure(string reason)
    {
        _failures++;
        if (_failures < FailuresToTrip && !_allBrokersDown)
            return;

        // What a connection ended with says more than that nobody answered in time.
        string cause = _lastError ?? reason;
        bool firstReport = !_answeredOnce && _failures == FailuresToTrip;
        if (_circuit.Trip(cause) || firstReport)
            LogLost(cause);
    }

    private void OnError(Error error)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            _allBrokersDown = true;
            _wake.Set();
        }
        else
        {
            _lastError = error.Reason;
        }
    }

    private void ReportUnderMinimum()
    {
        int now = _tracker.PartitionsUnderMinimum;
        if (now > 0 && now != _underMinimum)
            LogUnderMinimum(now);
        else if (now == 0 && _underMinimum > 0)
            LogEnoughInSync();

        _underMinimum = now;
    }

    private void RefreshMinimums()
    {
        string? refusal = _minimums.Refresh(_time.GetElapsedTime(_startedAt));
        if (refusal is null || _minimumUnknownLogged)
            return;

        _minimumUnknownLogged = true;
        LogMinimumUnknown(refusal);
    }
}
