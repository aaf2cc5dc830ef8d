using System.Runtime.InteropServices;

namespace EventBus.Kafka.Producing;

/// <summary>
/// The functions of librdkafka (rdkafka.h, 2.x) that the hot producer needs, from the same library that Confluent.Kafka carries. The managed
/// client costs several objects per acknowledged record; these cost none.
/// </summary>
internal static unsafe partial class LibRdKafka
{
    private const string Library = Client.NativeLibrdkafka.Name;

    public const int Producer = 0;

    public const int ErrorBufferSize = 512;

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint ConfNew();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_destroy")]
    public static partial void ConfDestroy(nint conf);

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ConfSet(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set_events")]
    public static partial void ConfSetEvents(nint conf, EventKind kinds);

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    public static partial nint New(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    public static partial void Destroy(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_set_log_queue")]
    public static partial int SetLogQueue(nint client, nint queue);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_get_main")]
    public static partial nint QueueGetMain(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_destroy")]
    public static partial void QueueDestroy(nint queue);

    [LibraryImport(Library, EntryPoint = "rd_kafka_queue_poll")]
    public static partial nint QueuePoll(nint queue, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint TopicNew(nint client, string topic, nint conf);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_destroy")]
    public static partial void TopicDestroy(nint topic);

    [LibraryImport(Library, EntryPoint = "rd_kafka_produceva")]
    public static partial nint ProduceVa(nint client, ProduceArgument* arguments, nuint count);

    [LibraryImport(Library, EntryPoint = "rd_kafka_flush")]
    public static partial int Flush(nint client, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "rd_kafka_purge")]
    public static partial int Purge(nint client, PurgeFlags flags);

    [LibraryImport(Library, EntryPoint = "rd_kafka_outq_len")]
    public static partial int OutQueueLength(nint client);

    [LibraryImport(Library, EntryPoint = "rd_kafka_message_status")]
    public static partial MessageStatus StatusOf(DeliveredMessage* message);

    [LibraryImport(Library, EntryPoint = "rd_kafka_error_code")]
    public static partial int ErrorCode(nint error);

    [LibraryImport(Library, EntryPoint = "rd_kafka_error_destroy")]
    public static partial void ErrorDestroy(nint error);

    [LibraryImport(Library, EntryPoint = "rd_kafka_err2str")]
    private static partial nint ErrorText(int error);

    [LibraryImport(Library, EntryPoint = "rd_kafka_test_fatal_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int TestFatalError(nint client, int error, string reason);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_type")]
    public static partial EventKind EventType(nint @event);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_destroy")]
    public static partial void EventDestroy(nint @event);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_message_array")]
    public static partial nuint EventMessageArray(nint @event, DeliveredMessage** messages, nuint size);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error")]
    public static partial int EventError(nint @event);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error_is_fatal")]
    public static partial int EventErrorIsFatal(nint @event);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_error_string")]
    private static partial nint EventErrorString(nint @event);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_stats")]
    private static partial nint EventStats(nint @event);

    [LibraryImport(Library, EntryPoint = "rd_kafka_event_log")]
    private static partial int EventLog(nint @event, out nint facility, out nint text, out int level);

    /// <summary>What librdkafka says of an error code.</summary>
    public static string TextOf(int error) => Marshal.PtrToStringUTF8(ErrorText(error)) ?? "unknown error";

    public static string ErrorOf(nint @event) => Marshal.PtrToStringUTF8(EventErrorString(@event)) ?? string.Empty;

    /// <summary>The statistics' JSON, in librdkafka's own memory: valid until the event is destroyed.</summary>
    public static ReadOnlySpan<byte> StatsOf(nint @event) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)EventStats(@event));

    /// <summary>A log line: syslog level, facility and text.</summary>
    public static (int Level, string Facility, string Text) LogOf(nint @event) =>
        EventLog(@event, out var facility, out var text, out var level) == 0
            ? (level, Marshal.PtrToStringUTF8(facility) ?? string.Empty, Marshal.PtrToStringUTF8(text) ?? string.Empty)
            : (7, string.Empty, string.Empty);

    [Flags]
    public enum EventKind
    {
        None = 0,
        Delivery = 0x1,
        Log = 0x4,
        Error = 0x8,
        Statistics = 0x40,
    }

    [Flags]
    public enum PurgeFlags
    {
        Queue = 0x1,
        InFlight = 0x2,
    }

    public enum MessageStatus
    {
        NotPersisted = 0,
        PossiblyPersisted = 1,
        Persisted = 2,
    }

    /// <summary>Kinds of <c>rd_kafka_vu_t</c>.</summary>
    public enum ArgumentKind
    {
        TopicHandle = 2,
        Value = 4,
        Key = 5,
        Opaque = 6,
        MessageFlags = 7,
        Header = 9,
    }

    /// <summary><c>rd_kafka_vu_t</c>: a kind and a union of 64 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 72)]
    public struct ProduceArgument
    {
        [FieldOffset(0)]
        public ArgumentKind Kind;

        [FieldOffset(8)]
        public nint Pointer;

        [FieldOffset(8)]
        public int Number;

        [FieldOffset(16)]
        public nuint Size;

        /// <summary>A header's value; its name is in <see cref="Pointer"/>.</summary>
        [FieldOffset(16)]
        public nint HeaderValue;

        [FieldOffset(24)]
        public nint HeaderSize;
    }

    /// <summary><c>rd_kafka_message_t</c> of a delivery report.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DeliveredMessage
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public nint Payload;
        public nuint Length;
        public nint Key;
        public nuint KeyLength;
        public long Offset;
        public nint Opaque;
    }
}
