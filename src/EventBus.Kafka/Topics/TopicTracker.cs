using System.Text;
using Confluent.Kafka;
using EventBus.Core.Events;
using EventBus.Core.Topics;

namespace EventBus.Kafka.Topics;

/// <summary>
/// Turns one metadata answer after another into snapshots. Used by one thread; <see cref="Current"/> may be read by any.
/// </summary>
/// <param name="deadLetterTopic">The dead-letter topic, which is not published to by clients.</param>
/// <param name="maxTopics">The most topics that are taken up in the life of the process: each costs memory for good.</param>
/// <param name="names">The grammar of topics; null takes any name.</param>
internal sealed class TopicTracker(string deadLetterTopic, int maxTopics, EventNames? names = null)
{
    private readonly Dictionary<string, Tracked> _known = new(StringComparer.Ordinal);
    private volatile TopicSnapshot _current = TopicSnapshot.Empty;
    private int _answer;
    private volatile RegistrySnapshot? _registry;

    /// <summary>The newest snapshot.</summary>
    public TopicSnapshot Current => _current;

    /// <summary>The registry that <see cref="Current"/> is restricted to, and whose schemas its topics have.</summary>
    public RegistrySnapshot? Registry => _registry;

    /// <summary>True once a topic was left out because there are too many.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>How many partitions had too few replicas in sync, or no leader, in the last answer.</summary>
    public int PartitionsUnderMinimum { get; private set; }

    /// <summary>Whether clients may publish to a topic of this name.</summary>
    public bool IsPublic(string name) =>
        !name.StartsWith("__", StringComparison.Ordinal)
        && !name.StartsWith("sub.", StringComparison.Ordinal)
        && !name.EndsWith(".dlq", StringComparison.Ordinal)
        && name != deadLetterTopic
        && names?.CheckTopic(Encoding.UTF8.GetBytes(name)) is null;

    /// <summary>Takes up a metadata answer over all topics.</summary>
    /// <param name="topics">The answer.</param>
    /// <param name="registry">The registered topics, which alone are shown; null shows all.</param>
    /// <returns>How many topics are new in Kafka and how many went.</returns>
    public (int Added, int Removed) Apply(IReadOnlyList<TopicMetadata> topics, RegistrySnapshot? registry = null)
    {
        _answer++;
        bool isOtherRegistry = registry != _registry;
        if (isOtherRegistry)
            TakeSchemas(registry);
        int added = 0;
        foreach (var metadata in topics)
        {
            if (metadata.Partitions.Count == 0 || !IsPublic(metadata.Topic) || Track(metadata.Topic, registry) is not { } tracked)
                continue;

            tracked.SeenIn = _answer;
            tracked.Observe(metadata.Partitions);
            if (!tracked.IsListed)
            {
                tracked.IsListed = true;
                added++;
            }
        }

        int removed = 0;
        int underMinimum = 0;
        foreach (var tracked in _known.Values)
        {
            // Brokers learn of topics at slightly different times, and each answer may be another broker's: only a topic that two
            // answers in turn leave out is gone.
            if (tracked.IsListed && tracked.SeenIn < _answer - 1)
            {
                tracked.IsListed = false;
                tracked.Forget();
                removed++;
            }

            underMinimum += tracked.UnderMinimum;
        }

        PartitionsUnderMinimum = underMinimum;
        if (added + removed > 0 || isOtherRegistry)
            _current = new TopicSnapshot([.. _known.Values.Where(t => t.IsListed && registry?.Contains(t.Topic.Name) != false).Select(t => t.Topic)]);

        // Last: whoever sees it finds the snapshot that it stands for.
        _registry = registry;
        return (added, removed);
    }

    /// <summary>The listed topics whose minimum is to be asked for now, those that wait longest first.</summary>
    /// <param name="now">The time that <see cref="SetMinimum"/> and <see cref="Postpone"/> count in.</param>
    /// <param name="most">The most topics to ask for in one request.</param>
    public List<string> DueForMinimum(TimeSpan now, int most) =>
        [.. _known.Values.Where(t => t.IsListed && t.MinimumDue <= now).OrderBy(t => t.MinimumDue).Take(most).Select(t => t.Topic.Name)];

    /// <summary>Takes up a topic's <c>min.insync.replicas</c>.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="minimum">The setting's value.</param>
    /// <param name="nextAt">When to ask again.</param>
    public void SetMinimum(string name, int minimum, TimeSpan nextAt)
    {
        var tracked = _known[name];
        tracked.MinimumDue = nextAt;
        tracked.SetMinimum(minimum);
    }

    /// <summary>Says that a topic's minimum could not be learned: what was known of it stands.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="nextAt">When to ask again.</param>
    public void Postpone(string name, TimeSpan nextAt) => _known[name].MinimumDue = nextAt;

    private void TakeSchemas(RegistrySnapshot? registry)
    {
        foreach (var tracked in _known.Values)
            tracked.Topic.Schema = registry?.SchemaOf(tracked.Topic.Name);
    }

    private Tracked? Track(string name, RegistrySnapshot? registry)
    {
        if (_known.TryGetValue(name, out var tracked))
            return tracked;

        if (_known.Count >= maxTopics)
        {
            Overflowed = true;
            return null;
        }

        tracked = new Tracked(new Topic(_known.Count, name) { Schema = registry?.SchemaOf(name) });
        _known.Add(name, tracked);
        return tracked;
    }

    private sealed class Tracked(Topic topic)
    {
        private int[] _inSync = [];
        private bool[] _leaderless = [];
        private bool[] _stillLeaderless = [];

        public Topic Topic { get; } = topic;

        public int SeenIn { get; set; }

        public bool IsListed { get; set; }

        public TimeSpan MinimumDue { get; set; } = TimeSpan.MinValue;

        public int UnderMinimum { get; private set; }

        public void Observe(List<PartitionMetadata> partitions)
        {
            if (_inSync.Length != partitions.Count)
            {
                _inSync = new int[partitions.Count];
                _leaderless = new bool[partitions.Count];
                _stillLeaderless = new bool[partitions.Count];
            }

            foreach (var partition in partitions)
            {
                int i = partition.PartitionId;
                if ((uint)i >= (uint)_inSync.Length)
                    continue;

                // Without a leader nothing can be written; but an election takes a moment, which the producer waits out.
                bool leaderless = partition.Leader < 0;
                _stillLeaderless[i] = leaderless && _leaderless[i];
                _leaderless[i] = leaderless;
                _inSync[i] = partition.InSyncReplicas.Length;
            }

            Publish(Topic.State.MinInSyncReplicas);
        }

        public void SetMinimum(int minimum) => Publish(minimum);

        public void Forget()
        {
            // If it comes again it is another topic, with other settings.
            Topic.State = TopicState.Unknown;
            MinimumDue = TimeSpan.MinValue;
            UnderMinimum = 0;
            _inSync = [];
        }

        private void Publish(int minimum)
        {
            UnderMinimum = 0;
            for (int i = 0; i < _inSync.Length; i++)
            {
                if (IsUnder(i, minimum))
                    UnderMinimum++;
            }

            var old = Topic.State;
            if (old.Partitions == _inSync.Length && old.MinInSyncReplicas == minimum && SameFlags(old.UnderMinimum, minimum))
                return;

            bool[]? flags = null;
            if (UnderMinimum > 0)
            {
                flags = new bool[_inSync.Length];
                for (int i = 0; i < flags.Length; i++)
                    flags[i] = IsUnder(i, minimum);
            }

            Topic.State = new TopicState(_inSync.Length, minimum, flags);
        }

        private bool IsUnder(int partition, int minimum) => _inSync[partition] < minimum || _stillLeaderless[partition];

        private bool SameFlags(bool[]? flags, int minimum)
        {
            if (flags is null)
                return UnderMinimum == 0;

            for (int i = 0; i < flags.Length; i++)
            {
                if (flags[i] != IsUnder(i, minimum))
                    return false;
            }

            return true;
        }
    }
}
