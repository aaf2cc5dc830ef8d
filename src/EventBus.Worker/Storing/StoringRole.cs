using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Hosting.Settings;
using EventBus.Kafka.Client;
using EventBus.Kafka.Consuming;
using EventBus.Kafka.Topics;

namespace EventBus.Worker.Storing;

/// <summary>The role that stores events: a thread that turns the sink, and what it needs around it.</summary>
internal sealed partial class StoringRole : IHostedService, IDisposable
{
    /// <summary>The role's name in settings, metrics and its consumer group.</summary>
    public const string Name = "storing";

    /// <summary>What leaving the group, and the host itself, may take of the time to stop.</summary>
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(3);

    private readonly KafkaTopicDirectory _directory;
    private readonly TopicFollower _topics;
    private readonly KafkaDeadLetters _deadLetters;
    private readonly KafkaLogReader _reader;
    private readonly EventSink _sink;
    private readonly string _deadLetterTopic;
    private readonly TimeSpan _grace;
    private readonly SinkLimits _limits = new();
    private readonly ILogger<StoringRole> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _background = Task.CompletedTask;
    private bool _disposed;

    public StoringRole(
        KafkaSettings kafka, OperationsSettings operations, string deadLetterTopic, KafkaTopicDirectory directory, IEventStore store,
        IRegisteredTopics registered, SinkMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        _deadLetterTopic = deadLetterTopic;
        _directory = directory;
        _logger = loggers.CreateLogger<StoringRole>();
        var grace = operations.ShutdownTimeout - operations.ShutdownDelay - StopMargin;
        _grace = grace > TimeSpan.FromSeconds(1) ? grace : TimeSpan.FromSeconds(1);
        _topics = new TopicFollower(registered, directory, time);
        try
        {
            _deadLetters = new KafkaDeadLetters(kafka, deadLetterTopic, time, loggers.CreateLogger<KafkaDeadLetters>());
            _reader = new KafkaLogReader(KafkaClientProperties.LogReader(kafka, Name), loggers.CreateLogger<KafkaLogReader>());
        }
        catch (InvalidOperationException e) when (kafka.ConsumerProperties.Count + kafka.ProducerProperties.Count > 0)
        {
            throw EnvironmentReader.Error("KAFKA_CONSUMER_*", $"or KAFKA_PRODUCER_* cannot be used: librdkafka says \"{e.Message}\"");
        }

        var jitter = new Random(Environment.ProcessId);
        _sink = new EventSink(_reader, store, _deadLetters, metrics, _limits, time, jitter, loggers.CreateLogger<EventSink>());
    }

    /// <summary>What is wrong with the store; null while it takes what it is given.</summary>
    public string? StoreTrouble => _sink.StoreTrouble;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogBudget(MemoryBudget.Total(_limits) / (1024 * 1024), MemoryBudget.Describe(_limits));
        _directory.Start();
        _background = Task.WhenAll(MakeDeadLetterTopicAsync(), _topics.RunAsync(_stopping.Token));
        new Thread(Run) { Name = "sink", IsBackground = true }.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Called twice: the container knows the role as itself and as a hosted service.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_stopped.Task.IsCompleted)
            _sink.Dispose();
        _reader.Dispose();
        _deadLetters.Dispose();
        _stopping.Dispose();
    }

    private void Run()
    {
        try
        {
            SinkMetrics.Running(true);
            IReadOnlyCollection<string> subscribed = [];
            while (!_stopping.IsCancellationRequested)
            {
                if (_topics.Current is var topics && !ReferenceEquals(topics, subscribed))
                {
                    _reader.Subscribe(topics);
                    LogSubscribed(topics.Count);
                    subscribed = topics;
                }

                _sink.Step();
            }

            _sink.Stop(_grace);
            SinkMetrics.Running(false);
            _stopped.SetResult();
        }
        catch (Exception e)
        {
            LogThreadDied(e);
            Environment.FailFast("The sink's thread ended: no event would be stored any more.", e);
        }
    }

    private async Task MakeDeadLetterTopicAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var made = await _directory.CreateTopicAsync(new TopicRequest(_deadLetterTopic), CancellationToken.None).ConfigureAwait(false);
            if (made.Outcome is TopicCreationOutcome.Created or TopicCreationOutcome.AlreadyExists)
                return;
            if (made.Outcome == TopicCreationOutcome.Refused)
                LogNoDeadLetterTopic(_deadLetterTopic, made.Reason);
            await Task.Delay(TimeSpan.FromSeconds(made.Outcome == TopicCreationOutcome.Refused ? 60 : 1), _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
