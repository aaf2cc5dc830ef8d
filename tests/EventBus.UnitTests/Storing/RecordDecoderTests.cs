using System.Text;
using EventBus.Core.Events;
using EventBus.Core.Storing;

namespace EventBus.UnitTests.Storing;

public sealed class RecordDecoderTests : IDisposable
{
    private static readonly DateTime RecordTime = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);
    private static readonly DateTime Now = RecordTime.AddSeconds(1);
    private static readonly TopicPartitionId Place = new(new Guid("11111111-2222-3333-4444-555555555555"), "game.events", 2);

    private readonly RecordMemory _memory = new(1 << 20);
    private readonly RecordDecoder _decoder = new();

    public void Dispose() => _decoder.Dispose();

    [Fact]
    public void TryDecode_AllThatTheGatewayWrites_FillsTheColumnsAndKeepsTheRest()
    {
        var row = Decode(
            "{\"hp\":3}", "s1", ("ce_specversion", "1.0"), ("ce_id", "e1"), ("ce_source", "server-1"), ("ce_type", "game.kill"),
            ("ce_time", "2026-01-01T10:20:30.123456Z"), ("content-type", "application/json"), ("ce_partitionkey", "k"), ("ce_priority", "critical"),
            ("ce_replayable", "false"), ("ce_sessionid", "s1"), ("ce_playerid", "p1"), ("ce_region", "eu"), ("traceparent", "00-ab-cd-01"), ("own", "ü\"\0"));

        Assert.Equal(("e1", "game.kill", "server-1"), (Text(row.EventId), Text(row.EventType), Text(row.Source)));
        Assert.Equal(("application/json", "s1", "s1", "p1"), (Text(row.ContentType), Text(row.Key), Text(row.SessionId), Text(row.PlayerId)));
        Assert.Equal(("{\"hp\":3}", true), (Text(row.Payload!.Value), row.PayloadIsText));
        Assert.Equal((EventPriority.Critical, false), (row.Priority, row.IsReplayable));
        Assert.Equal(new DateTime(2026, 1, 1, 10, 20, 30, 123, 456, DateTimeKind.Utc), row.Timestamp);
        Assert.Equal((RecordTime, DateTimeKind.Utc, Place, 7L), (row.CreatedAt, row.CreatedAt.Kind, row.Partition, row.Offset));
        Assert.Equal(
            """{"ce_partitionkey":"k","ce_region":"eu","traceparent":"00-ab-cd-01","own":"ü\"\u0000"}""", Text(row.Headers));
        Assert.Equal(7, row.Id.Version);
        Assert.Equal(new DateTimeOffset(Now).ToUnixTimeMilliseconds(), Convert.ToInt64(row.Id.ToString("N")[..12], 16));
    }

    [Fact]
    public void TryDecode_OnlyWhatIsRequired_GivesDefaults()
    {
        var row = Decode(null, null, Required());

        Assert.Null(row.Payload);
        Assert.True(row.PayloadIsText);
        Assert.True(row.Key.IsEmpty && row.SessionId.IsEmpty && row.PlayerId.IsEmpty && row.ContentType.IsEmpty && row.Headers.IsEmpty);
        Assert.Equal((EventPriority.Normal, true, RecordTime), (row.Priority, row.IsReplayable, row.Timestamp));
    }

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { (byte)'a', 0 })]
    public void TryDecode_BytesThatAreNoText_AreKeptAsBytesButForTheKey(byte[] bytes)
    {
        var row = Accepted([.. Headers(Required()), new("odd", bytes), new("none", null)], bytes, bytes);

        Assert.Equal(bytes, row.Payload!.Value.ToArray());
        Assert.False(row.PayloadIsText);
        Assert.True(row.Key.IsEmpty);
        var odd = bytes[0] == 'a' ? "a\\u0000" : "data:;base64,wyg=";
        Assert.Equal($$"""{"odd":"{{odd}}","none":""}""", Text(row.Headers));
    }

    [Fact]
    public void TryDecode_AHeaderNameTwice_KeepsTheLast() =>
        Assert.Equal("""{"a":"2"}""", Text(Decode("", null, [.. Required(), ("a", "1"), ("a", "2")]).Headers));

    [Fact]
    public void TryDecode_TextOfAHundredCharactersOfFourBytes_IsTaken() =>
        Assert.Equal(400, Decode("", null, Required(("ce_id", Repeat("😀", 100)))).EventId.Length);

    [Fact]
    public void TryDecode_StructuredMode_IsTheSameEvent()
    {
        var row = Decode(
            """{"specversion":"1.0","id":"e1","source":"s","type":"com.example.Other","time":"2026-01-01T00:00:00+01:00","priority":"low","replayable":false,"sessionid":"s9","region":"eu","partitionkey":"pk","datacontenttype":"application/json","data":{"a":[1]}}""",
            "pk", ("content-type", "application/cloudevents+json; charset=UTF-8"), ("ce_id", "another"), ("traceparent", "tp"));

        Assert.Equal(("e1", "com.example.Other", "s"), (Text(row.EventId), Text(row.EventType), Text(row.Source)));
        Assert.Equal(("{\"a\":[1]}", "application/json", "pk", "s9"), (Text(row.Payload!.Value), Text(row.ContentType), Text(row.Key), Text(row.SessionId)));
        Assert.Equal((EventPriority.Low, false), (row.Priority, row.IsReplayable));
        Assert.Equal(new DateTime(2025, 12, 31, 23, 0, 0, DateTimeKind.Utc), row.Timestamp);
        Assert.Equal("""{"ce_region":"eu","ce_partitionkey":"pk","traceparent":"tp"}""", Text(row.Headers));
    }

    [Fact]
    public void TryDecode_StructuredModeWithBase64AndWithout_HasItsBytes()
    {
        const string head = """{"specversion":"1.0","id":"e1","source":"s","type":"t" """;
        (string, string) type = ("content-type", "application/cloudevents+json");

        var row = Decode(head + ""","data_base64":"wyg="}""", null, type);
        Assert.Equal([0xC3, 0x28], row.Payload!.Value.ToArray());
        Assert.False(row.PayloadIsText);
        Assert.Null(Decode(head + "}", null, type).Payload);
    }

    [Theory]
    [InlineData("not_cloudevent", "nothing=1")]
    [InlineData("not_cloudevent", "content-type=application/cloudevents-batch+json")]
    [InlineData("not_cloudevent", "content-type=application/cloudevents+avro")]
    [InlineData("invalid_cloudevent", "ce_specversion=1.0", "ce_id=1", "ce_source=s")]
    [InlineData("invalid_cloudevent", "ce_specversion=0.3", "ce_id=1", "ce_source=s", "ce_type=t")]
    [InlineData("invalid_cloudevent", "ce_id=1", "ce_source=s", "ce_type=t")]
    [InlineData("invalid_cloudevent", "ce_specversion=1.0", "ce_id=", "ce_source=s", "ce_type=t")]
    [InlineData("duplicate_field", "ce_specversion=1.0", "ce_id=1", "ce_source=s", "ce_type=t", "ce_id=2")]
    [InlineData("invalid_string", "ce_specversion=1.0", "ce_id=a\0", "ce_source=s", "ce_type=t")]
    [InlineData("invalid_priority", "ce_specversion=1.0", "ce_id=1", "ce_source=s", "ce_type=t", "ce_priority=HIGH")]
    [InlineData("invalid_type", "ce_specversion=1.0", "ce_id=1", "ce_source=s", "ce_type=t", "ce_replayable=1")]
    [InlineData("invalid_timestamp", "ce_specversion=1.0", "ce_id=1", "ce_source=s", "ce_type=t", "ce_time=yesterday")]
    [InlineData("invalid_json", "content-type=application/cloudevents+json")]
    public void TryDecode_NoEvent_IsRejectedWithTheReason(string reason, params string[] headers) =>
        Assert.Equal(reason, Rejected([.. headers.Select(h => h.Split('=')).Select(h => Header(h[0], h[1]))], "{").Reason);

    [Theory]
    [InlineData("ce_id", 100)]
    [InlineData("ce_type", 100)]
    [InlineData("ce_source", 100)]
    [InlineData("ce_sessionid", 100)]
    [InlineData("ce_playerid", 100)]
    [InlineData("content-type", 255)]
    public void TryDecode_TextAtAndAboveItsColumn_IsTakenAndRejected(string name, int most)
    {
        Decode("", null, Required((name, Repeat("é", most))));
        var rejection = Rejected([.. Headers(Required((name, Repeat("é", most + 1))))], "");

        Assert.Equal("too_long", rejection.Reason);
        Assert.Contains($"{most}", rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void TryDecode_InvalidUtf8InAnAttribute_IsRejected()
    {
        RecordHeader[] headers = [.. Headers(Required()).Where(h => h.Name != "ce_source"), new("ce_source", [0xFF])];

        Assert.Equal(("invalid_string", true), (Rejected(headers, "").Reason, Rejected(headers, "").Detail.StartsWith("source:", StringComparison.Ordinal)));
    }

    [Fact]
    public void Frame_AnyRecord_GivesBackWhatCame()
    {
        RecordHeader[] headers = [Header("a", "1"), new("none", null), Header("", ""), Header("é", "ü")];
        foreach (var (key, value) in new[] { ((byte[]?)null, (byte[]?)null), ([], [1, 2]), ([3], []) })
        {
            var frame = Frame(headers, key, value);

            Assert.Equal(key, frame.Key?.ToArray());
            Assert.Equal(value, frame.Value?.ToArray());
            var read = new List<(string, byte[]?)>();
            foreach (var header in frame.Headers)
                read.Add((Encoding.UTF8.GetString(header.Name), header.IsNull ? null : header.Value.ToArray()));
            Assert.Equal(headers.Select(h => h.Name), read.Select(h => h.Item1));
            Assert.Equal(headers.Select(h => h.Value), read.Select(h => h.Item2));
        }
    }

    [Fact]
    public void TryDecode_InASteadyState_AllocatesNothing()
    {
        RecordHeader[] headers = [.. Headers([.. Required(), ("ce_time", "2026-01-01T00:00:00.000000Z"), ("traceparent", "00-ab"), ("ce_region", "eu")])];
        var value = "{\"a\":1}"u8.ToArray();
        long Batch()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                _decoder.TryDecode(Frame(headers, value, value), Place, i, RecordTime, Now, _memory, out _, out _);
            _memory.Reset();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Batch();
        Batch();
        Assert.InRange(Batch(), 0, 1000);
    }

    private static (string, string)[] Required(params (string Name, string Value)[] instead)
    {
        var all = new Dictionary<string, string> { ["ce_specversion"] = "1.0", ["ce_id"] = "e1", ["ce_source"] = "s", ["ce_type"] = "game.kill" };
        foreach (var (name, value) in instead)
            all[name] = value;
        return [.. all.Select(p => (p.Key, p.Value))];
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    private static RecordHeader Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));

    private static IEnumerable<RecordHeader> Headers((string Name, string Value)[] headers) => headers.Select(h => Header(h.Name, h.Value));

    private RecordFrame Frame(RecordHeader[] headers, byte[]? key, byte[]? value) =>
        RecordFrame.Copy(new LogRecord { Offset = 7, Time = RecordTime, Headers = headers, Key = key, Value = value }, _memory);

    private EventRow Decode(string? value, string? key, params (string, string)[] headers) =>
        Accepted([.. Headers(headers)], key is null ? null : Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));

    private EventRow Accepted(RecordHeader[] headers, byte[]? key, byte[]? value)
    {
        var decoded = _decoder.TryDecode(Frame(headers, key, value), Place, 7, RecordTime, Now, _memory, out var row, out var rejection);
        Assert.True(decoded, $"{rejection}");
        return row;
    }

    private Rejection Rejected(RecordHeader[] headers, string value)
    {
        Assert.False(_decoder.TryDecode(Frame(headers, null, Encoding.UTF8.GetBytes(value)), Place, 7, RecordTime, Now, _memory, out _, out var rejection));
        return rejection;
    }
}
