using System.Runtime.InteropServices;
using EventBus.Kafka.Client;

namespace EventBus.Kafka.Embedded;

/// <content>The functions of <c>rdkafka_mock.h</c> and what it takes to call them, from the librdkafka that Confluent.Kafka bundles.</content>
public sealed partial class EmbeddedCluster
{
    private const int Producer = 0;
    private const int TopicAlreadyExists = 36;

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_conf_new")]
    private static partial nint NewConfiguration();

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Configure(nint configuration, string name, string value, byte* error, nuint errorBytes);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_new")]
    private static unsafe partial nint NewClient(int type, nint configuration, byte* error, nuint errorBytes);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_destroy")]
    private static partial void DestroyClient(nint client);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_err2str")]
    private static partial nint ErrorText(int error);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_new")]
    private static partial nint NewCluster(nint client, int brokers);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    private static partial void DestroyCluster(nint cluster);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial nint Bootstraps(nint cluster);

    [LibraryImport(NativeLibrdkafka.Name, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateTopic(nint cluster, string topic, int partitions, int replicas);
}
