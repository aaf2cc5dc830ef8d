using System.Runtime.InteropServices;
using System.Text;

namespace EventBus.Kafka.Embedded;

/// <summary>
/// librdkafka's mock cluster inside this process: one broker on a port of the loopback interface, which any Kafka client on this
/// machine can join. It keeps only a short tail of each partition and loses all at exit, so it is for a first try and for tests.
/// </summary>
/// <remarks>
/// It has no topic administration (<see cref="CreateTopic(string, int?)"/> does what a client's CreateTopics would) and does not isolate
/// transactions.
/// </remarks>
public sealed partial class EmbeddedCluster : IDisposable
{
    private readonly Lock _lock = new();
    private readonly int _defaultPartitions;
    private nint _client;
    private nint _cluster;

    /// <summary>Starts the cluster.</summary>
    /// <param name="defaultPartitions">The partitions of topics made without a number.</param>
    /// <exception cref="InvalidOperationException">librdkafka could not start it; the message says why.</exception>
    public EmbeddedCluster(int defaultPartitions)
    {
        _defaultPartitions = defaultPartitions;
        _client = NewClient();
        _cluster = NewCluster(_client, 1);
        if (_cluster == 0)
        {
            DestroyClient(_client);
            throw new InvalidOperationException("librdkafka could not start its mock cluster");
        }

        Bootstrap = Marshal.PtrToStringUTF8(Bootstraps(_cluster))!;
    }

    /// <summary>The cluster's address, <c>host:port</c>, for <c>bootstrap.servers</c>.</summary>
    public string Bootstrap { get; }

    /// <summary>Makes a topic.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="partitions">Its partitions, or null for the default number.</param>
    /// <returns>False if there is one of that name already.</returns>
    /// <exception cref="InvalidOperationException">The cluster refused it for another reason.</exception>
    public bool CreateTopic(string name, int? partitions = null)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_cluster == 0, this);
            int error = CreateTopic(_cluster, name, partitions ?? _defaultPartitions, 1);
            return error switch
            {
                0 => true,
                TopicAlreadyExists => false,
                _ => throw new InvalidOperationException($"the embedded cluster refused topic {name}: {Marshal.PtrToStringUTF8(ErrorText(error))}"),
            };
        }
    }

    /// <summary>Ends the cluster; everything in it is lost.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_cluster == 0)
                return;

            DestroyCluster(_cluster);
            DestroyClient(_client);
            _cluster = 0;
            _client = 0;
        }
    }

    private static unsafe nint NewClient()
    {
        const int errorBytes = 256;
        byte* error = stackalloc byte[errorBytes];
        nint configuration = NewConfiguration();

        // The instance only keeps the cluster's books: it has no brokers of its own to complain about.
        if (Configure(configuration, "log_level", "0", error, errorBytes) != 0)
            throw new InvalidOperationException(Text(error));

        nint client = NewClient(Producer, configuration, error, errorBytes);
        return client != 0 ? client : throw new InvalidOperationException(Text(error));
    }

    private static unsafe string Text(byte* error) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(error));
}
