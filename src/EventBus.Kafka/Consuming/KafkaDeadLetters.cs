using System.Globalization;
using System.Text;
using Confluent.Kafka;
using EventBus.Contracts;
using EventBus.Core.Consuming;
using EventBus.Core.Settings;
using EventBus.Kafka.Client;
using Microsoft.Extensions.Logging;
using KafkaError = Confluent.Kafka.ErrorCode;

namespace EventBus.Kafka.Consuming;

/// <summary>
/// Writes dead letters to the topic's own <c>.dlq</c> where there is one, else to the one dead-letter topic: key, value and headers as they
/// came, and <c>eb_</c> headers that say why and from where.
/// </summary>
public sealed partial class KafkaDeadLetters : IDeadLetters, IDisposable
{
    /// <summary>What its producer may hold.</summary>
    public const int QueueBytes = 8 * 1024 * 1024;

    private const int QueueMessages = 10_000;
    private const int LettersAtOnce = 500;

    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly string _topic;
    private readonly TimeProvider _time;
    private readonly ILogger<KafkaDeadLetters> _logger;
    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly IAdminClient _admin;
    private readonly Dictionary<string, string> _targets = new(StringComparer.Ordinal);
    private long _targetsSince;
    private bool _disposed;

    /// <param name="settings">How to reach Kafka.</param>
    /// <param name="topic">Where dead letters go whose topic has no <c>.dlq</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public KafkaDeadLetters(KafkaSettings settings, string topic, TimeProvider time, ILogger<KafkaDeadLetters> logger)
    {
        _topic = topic;
        _time = time;
        _logger = logger;
        _producer = new ProducerBuilder<byte[]?, byte[]?>(KafkaClientProperties.Producer(settings, new ProducerLimits(QueueMessages, QueueBytes / 1024, LingerMs: 1)))
            .SetErrorHandler((_, error) => LogError(error.Reason))
            .SetLogHandler((_, _) => { })
            .Build();
        _admin = new DependentAdminClientBuilder(_producer.Handle).Build();
    }

    /// <inheritdoc />
    public async Task SendAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellation)
    {
        try
        {
            // A few at a time: all of them may be more than the producer's queue holds.
            foreach (var some in Chunk(letters))
                await Task.WhenAll(some.Select(SendAsync)).WaitAsync(cancellation).ConfigureAwait(false);
            foreach (var reason in letters.GroupBy(l => (l.Origin.Topic, l.Rejection.Reason)))
                LogSent(reason.Count(), reason.Key.Topic, reason.Key.Reason, reason.First().Origin.Partition, reason.First().Offset, reason.First().Rejection.Detail);
        }
        catch (KafkaException e)
        {
            // Perhaps a topic that was there is gone.
            _targets.Clear();
            throw new LogUnavailableException($"dead letters cannot be written: {e.Error.Reason}", e);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        var thread = new Thread(() =>
        {
            _admin.Dispose();
            _producer.Dispose();
        }) { Name = "kafka-dead-letters-close", IsBackground = true };
        thread.Start();
        thread.Join(CloseTimeout);
    }

    private static IEnumerable<List<DeadLetter>> Chunk(IReadOnlyList<DeadLetter> letters)
    {
        var (chunk, bytes) = (new List<DeadLetter>(), 0L);
        foreach (var letter in letters)
        {
            chunk.Add(letter);
            bytes += letter.Record.Value?.Length ?? 0;
            if (bytes < QueueBytes / 4 && chunk.Count < LettersAtOnce)
                continue;
            yield return chunk;
            (chunk, bytes) = ([], 0);
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    private async Task SendAsync(DeadLetter letter)
    {
        var target = TargetOf(letter.Origin.Topic);
        var message = ToMessage(letter);
        try
        {
            await _producer.ProduceAsync(target, message).ConfigureAwait(false);
        }
        catch (ProduceException<byte[]?, byte[]?> e) when (e.Error.Code == KafkaError.MsgSizeTooLarge)
        {
            // The record lies where it came from for as long as that topic keeps it; here must be known that it is there.
            message.Value = null;
            Add(message.Headers, DeadLetterHeaders.PayloadOmitted, "true");
            await _producer.ProduceAsync(target, message).ConfigureAwait(false);
        }
    }

    private static Message<byte[]?, byte[]?> ToMessage(DeadLetter letter)
    {
        var headers = new Headers();
        foreach (var header in letter.Record.Headers)
        {
            var name = Encoding.UTF8.GetString(header.Name);
            if (!name.StartsWith(DeadLetterHeaders.Prefix, StringComparison.Ordinal))
                headers.Add(name, header.IsNull ? null : header.Value.ToArray());
        }

        Add(headers, DeadLetterHeaders.Reason, letter.Rejection.Reason);
        Add(headers, DeadLetterHeaders.ReasonDetail, letter.Rejection.Detail);
        Add(headers, DeadLetterHeaders.Attempts, letter.Attempts.ToString(CultureInfo.InvariantCulture));
        Add(headers, DeadLetterHeaders.OriginTopic, letter.Origin.Topic);
        Add(headers, DeadLetterHeaders.OriginPartition, letter.Origin.Partition.ToString(CultureInfo.InvariantCulture));
        Add(headers, DeadLetterHeaders.OriginOffset, letter.Offset.ToString(CultureInfo.InvariantCulture));
        return new Message<byte[]?, byte[]?> { Key = letter.Record.Key?.ToArray(), Value = letter.Record.Value?.ToArray(), Headers = headers };
    }

    private static void Add(Headers headers, string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));

    private string TargetOf(string origin)
    {
        if (_time.GetElapsedTime(_targetsSince) > KnownFor)
        {
            _targets.Clear();
            _targetsSince = _time.GetTimestamp();
        }

        if (_targets.TryGetValue(origin, out var target))
            return target;
        var own = origin + ".dlq";
        var there = _admin.GetMetadata(own, MetadataTimeout).Topics is [{ Error.IsError: false, Partitions.Count: > 0 }];
        return _targets[origin] = there ? own : _topic;
    }
}
