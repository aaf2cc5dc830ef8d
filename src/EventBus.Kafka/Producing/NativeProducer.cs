using System.Runtime.InteropServices;
using EventBus.Core.Buffering;
using EventBus.Core.Topics;
using EventBus.Kafka.Client;

namespace EventBus.Kafka.Producing;

/// <summary>
/// One librdkafka producer, from creation to destruction: topic handles, the hand-over of frames, its event queue. Not thread-safe but for
/// <see cref="Poll"/>, which another thread than the one that produces may call.
/// </summary>
internal sealed unsafe class NativeProducer
{
    /// <summary>Headers that one record may have: 18 of the product's own, 32 of the client's, and a CloudEvent's extensions.</summary>
    public const int MaxHeaders = 120;

    private const int CopyPayload = 0x2;
    private const int FixedArguments = 5;
    private const int KeepTogether = 64;

    private readonly nint _client;
    private readonly nint _queue;
    private readonly LibRdKafka.ProduceArgument* _arguments;
    private nint[] _topics = new nint[KeepTogether];

    /// <exception cref="ClientPropertyException">librdkafka refuses a property.</exception>
    /// <exception cref="InvalidOperationException">librdkafka refuses what the properties are together.</exception>
    public NativeProducer(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var error = stackalloc byte[LibRdKafka.ErrorBufferSize];
        var conf = LibRdKafka.ConfNew();
        foreach (var (name, value) in properties)
        {
            if (LibRdKafka.ConfSet(conf, name, value, error, LibRdKafka.ErrorBufferSize) == 0)
                continue;
            LibRdKafka.ConfDestroy(conf);
            throw new ClientPropertyException(name, Marshal.PtrToStringUTF8((nint)error)!);
        }

        // Reports come as events from a queue: no native thread ever calls into managed code.
        LibRdKafka.ConfSetEvents(
            conf, LibRdKafka.EventKind.Delivery | LibRdKafka.EventKind.Error | LibRdKafka.EventKind.Statistics | LibRdKafka.EventKind.Log);
        _ = LibRdKafka.ConfSet(conf, "log.queue", "true", error, LibRdKafka.ErrorBufferSize);
        _client = LibRdKafka.New(LibRdKafka.Producer, conf, error, LibRdKafka.ErrorBufferSize);
        if (_client == 0)
        {
            LibRdKafka.ConfDestroy(conf);
            throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
        }

        _ = LibRdKafka.SetLogQueue(_client, 0);
        _queue = LibRdKafka.QueueGetMain(_client);
        _arguments = (LibRdKafka.ProduceArgument*)NativeMemory.AllocZeroed(FixedArguments + MaxHeaders, (nuint)sizeof(LibRdKafka.ProduceArgument));
        _arguments[0].Kind = LibRdKafka.ArgumentKind.TopicHandle;
        _arguments[1].Kind = LibRdKafka.ArgumentKind.Value;
        _arguments[2].Kind = LibRdKafka.ArgumentKind.Key;
        _arguments[3].Kind = LibRdKafka.ArgumentKind.Opaque;
        _arguments[4].Kind = LibRdKafka.ArgumentKind.MessageFlags;
        _arguments[4].Number = CopyPayload;
        for (var i = 0; i < MaxHeaders; i++)
            _arguments[FixedArguments + i].Kind = LibRdKafka.ArgumentKind.Header;
    }

    /// <summary>Messages and reports in librdkafka's queues.</summary>
    public int Outstanding => LibRdKafka.OutQueueLength(_client);

    /// <summary>
    /// Hands one frame over; librdkafka copies it, in the one allocation that it makes for the message anyway. Returns an error code, 0 for none.
    /// </summary>
    public int Produce(FrameHead* frame, Topic topic)
    {
        var value = (byte*)(frame + 1);
        var key = value + frame->ValueLength;
        _arguments[0].Pointer = HandleOf(topic);
        _arguments[1].Pointer = (nint)value;
        _arguments[1].Size = (nuint)frame->ValueLength;
        _arguments[2].Pointer = (nint)key;
        _arguments[2].Size = (nuint)frame->KeyLength;
        _arguments[3].Pointer = (nint)frame->Ticket;
        var field = key + frame->KeyLength;
        var argument = _arguments + FixedArguments;
        for (var i = 0; i < frame->HeaderCount; i++, argument++)
        {
            var lengths = Read(field);
            var name = field + FrameField.Size;
            argument->Pointer = (nint)name;
            argument->HeaderValue = (nint)(name + lengths.NameLength + 1);
            argument->HeaderSize = lengths.ValueLength;
            field = name + lengths.NameLength + 1 + lengths.ValueLength;
        }

        var error = LibRdKafka.ProduceVa(_client, _arguments, (nuint)(FixedArguments + frame->HeaderCount));
        if (error == 0)
            return 0;
        var code = LibRdKafka.ErrorCode(error);
        LibRdKafka.ErrorDestroy(error);
        return code;
    }

    /// <summary>The next event, or 0 after the time. The caller destroys it.</summary>
    public nint Poll(int timeoutMs) => LibRdKafka.QueuePoll(_queue, timeoutMs);

    /// <summary>Sends what waits without lingering further, for at most the time.</summary>
    public void Flush(int timeoutMs) => _ = LibRdKafka.Flush(_client, timeoutMs);

    /// <summary>Gives up whatever has not been acknowledged; its reports say so.</summary>
    public void Purge() => _ = LibRdKafka.Purge(_client, LibRdKafka.PurgeFlags.Queue | LibRdKafka.PurgeFlags.InFlight);

    /// <summary>Raises a fatal error, as an idempotent producer would.</summary>
    public void RaiseFatalError(int error, string reason) => _ = LibRdKafka.TestFatalError(_client, error, reason);

    /// <summary>Frees everything. May hang on a connection: call it on a thread that can be abandoned, when nobody polls any more.</summary>
    public void Destroy()
    {
        foreach (var topic in _topics)
        {
            if (topic != 0)
                LibRdKafka.TopicDestroy(topic);
        }

        LibRdKafka.QueueDestroy(_queue);
        LibRdKafka.Destroy(_client);
        NativeMemory.Free(_arguments);
    }

    private static FrameField Read(byte* field) => System.Runtime.CompilerServices.Unsafe.ReadUnaligned<FrameField>(field);

    private nint HandleOf(Topic topic)
    {
        if (topic.Index < _topics.Length && _topics[topic.Index] != 0)
            return _topics[topic.Index];
        if (topic.Index >= _topics.Length)
            Array.Resize(ref _topics, Math.Max(topic.Index + 1, _topics.Length * 2));
        return _topics[topic.Index] = LibRdKafka.TopicNew(_client, topic.Name, 0);
    }
}
