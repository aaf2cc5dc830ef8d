using System.Text;
using EventBus.Core.Storing;
using EventBus.Core.Topics;

namespace EventBus.Worker.Storing;

/// <summary>
/// Which topics are to be stored: those of the registry, the database's, that are in Kafka too. A new one is followed within a second of its
/// being known to both, from its first record. While the database is away the last answer stands.
/// </summary>
internal sealed class TopicFollower(IRegisteredTopics registered, ITopicRegistry kafka, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private volatile IReadOnlyCollection<string> _current = [];
    private IReadOnlyCollection<string> _names = [];

    /// <summary>The topics now: another object whenever they change.</summary>
    public IReadOnlyCollection<string> Current => _current;

    /// <summary>Follows until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                _names = await registered.ReadAsync(cancellation).ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                // The sink says that the database is away, and stores nothing anyway.
            }

            Compare();
            await Task.Delay(Interval, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Compare()
    {
        var snapshot = kafka.Current;
        var now = _names.Where(n => snapshot.TryGet(Encoding.UTF8.GetBytes(n), out _)).ToHashSet(StringComparer.Ordinal);
        if (!now.SetEquals(_current))
            _current = now;
    }
}
