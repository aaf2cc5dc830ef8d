using System.Runtime.InteropServices;

namespace EventBus.Ceilings.Librdkafka;

/// <summary>The few functions of librdkafka (rdkafka.h, rdkafka_mock.h) that the ceilings need.</summary>
internal static unsafe partial class Native
{
    private const string Library = "librdkafka";

    public const int Producer = 0;
    public const int EventDeliveryReport = 1;
    public const int CopyPayload = 2;
    public const int BlockWhenFull = 4;

    [LibraryImport(Library)]
    public static partial nint rd_kafka_conf_new();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rd_kafka_conf_set(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Library)]
    public static partial void rd_kafka_conf_set_events(nint conf, int events);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_new(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Library)]
    public static partial void rd_kafka_destroy(nint handle);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_topic_conf_new();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rd_kafka_topic_conf_set(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rd_kafka_topic_new(nint handle, string topic, nint conf);

    [LibraryImport(Library)]
    public static partial void rd_kafka_topic_destroy(nint topic);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_produceva(nint handle, ProduceField* fields, nuint count);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_queue_get_main(nint handle);

    [LibraryImport(Library)]
    public static partial void rd_kafka_queue_destroy(nint queue);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_queue_poll(nint queue, int timeoutMilliseconds);

    [LibraryImport(Library)]
    public static partial int rd_kafka_event_type(nint @event);

    [LibraryImport(Library)]
    public static partial nuint rd_kafka_event_message_array(nint @event, Message** messages, nuint size);

    [LibraryImport(Library)]
    public static partial void rd_kafka_event_destroy(nint @event);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_error_string(nint error);

    [LibraryImport(Library)]
    public static partial void rd_kafka_error_destroy(nint error);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_err2str(int code);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_mock_cluster_new(nint handle, int brokers);

    [LibraryImport(Library)]
    public static partial void rd_kafka_mock_cluster_destroy(nint cluster);

    [LibraryImport(Library)]
    public static partial nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rd_kafka_mock_topic_create(nint cluster, string topic, int partitions, int replicas);

    /// <summary>A producer with these settings.</summary>
    public static nint NewProducer(IEnumerable<(string Name, string Value)> settings)
    {
        var error = stackalloc byte[512];
        var conf = rd_kafka_conf_new();
        foreach (var (name, value) in settings)
        {
            if (rd_kafka_conf_set(conf, name, value, error, 512) != 0)
                throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
        }

        rd_kafka_conf_set_events(conf, EventDeliveryReport);
        var handle = rd_kafka_new(Producer, conf, error, 512);
        return handle != 0 ? handle : throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
    }

    /// <summary>A handle of a topic with the partitioner that Java's clients have.</summary>
    public static nint NewTopic(nint handle, string name)
    {
        var error = stackalloc byte[512];
        var conf = rd_kafka_topic_conf_new();
        if (rd_kafka_topic_conf_set(conf, "partitioner", "murmur2_random", error, 512) != 0)
            throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
        return rd_kafka_topic_new(handle, name, conf);
    }
}

/// <summary><c>rd_kafka_vu_t</c>: one tagged argument of <c>rd_kafka_produceva</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct ProduceField
{
    public const int Topic = 2, Value = 4, Key = 5, Opaque = 6, Flags = 7, Header = 9;

    [FieldOffset(0)] public int Kind;
    [FieldOffset(8)] public nint Pointer;
    [FieldOffset(8)] public int Integer;
    [FieldOffset(16)] public nint Size;
    [FieldOffset(16)] public nint HeaderValue;
    [FieldOffset(24)] public nint HeaderSize;
}

/// <summary><c>rd_kafka_message_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Message
{
    public int Error;
    public nint Topic;
    public int Partition;
    public nint Payload;
    public nint PayloadSize;
    public nint Key;
    public nint KeySize;
    public long Offset;
    public nint Opaque;
}
