using EventBus.Core.Buffering;
using EventBus.UnitTests.Parsing;

namespace EventBus.UnitTests.Buffering;

public sealed class FrameWriterTests
{
    private readonly FrameWriter _writer = new();

    [Fact]
    public void Finish_ValueKeyHeaders_ReadBackInOrder()
    {
        _writer.Start();
        _writer.Value("value"u8);
        _writer.Key("key"u8);
        _writer.Header("a\0"u8, "1"u8);
        _writer.Header("ce_"u8, "b"u8, ""u8);
        _writer.Header(default, "a"u8, "2"u8);

        Assert.Equal("value"u8, _writer.WrittenValue);
        Assert.Equal("valuekey"u8, _writer.WrittenContent);
        var frame = Frame.Read(_writer.Finish(7));
        Assert.Equal(7, frame.Topic);
        Assert.Equal("value", frame.ValueText);
        Assert.Equal("key", frame.KeyText);
        Assert.Equal([("a", "1"), ("ce_b", ""), ("a", "2")], frame.Headers);
    }

    [Fact]
    public void CommitValue_LessThanReserved_RestIsNotInFrame()
    {
        _writer.Start();
        "abcdef"u8.CopyTo(_writer.ReserveValue(100));
        _writer.CommitValue(3);
        _writer.Key("k"u8);

        var frame = Frame.Read(_writer.Finish(0));
        Assert.Equal("abc", frame.ValueText);
        Assert.Equal("k", frame.KeyText);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(70_000)]
    [InlineData(1024 * 1024)]
    public void Finish_AnySize_GrowsAndKeepsWhatWasWritten(int size)
    {
        var value = Bytes(size, 1);
        var header = Bytes(size / 2, 2);
        for (var again = 0; again < 2; again++)
        {
            _writer.Start();
            _writer.Value(value);
            _writer.Key(value);
            _writer.Header("large\0"u8, header);
            _writer.Header("small\0"u8, "s"u8);

            var frame = Frame.Read(_writer.Finish(1));
            Assert.Equal(value, frame.Value);
            Assert.Equal(value, frame.Key);
            Assert.Equal(System.Text.Encoding.UTF8.GetString(header), frame["large"]);
            Assert.Equal("s", frame["small"]);
        }
    }

    [Fact]
    public void Start_AfterLargeFrame_StartsEmpty()
    {
        _writer.Start();
        _writer.Value(Bytes(500_000, 3));
        _writer.Header("h\0"u8, "v"u8);
        _writer.Finish(1);

        _writer.Start();

        var frame = Frame.Read(_writer.Finish(2));
        Assert.Empty(frame.Value);
        Assert.Empty(frame.Key);
        Assert.Empty(frame.Headers);
    }

    [Fact]
    public void Finish_EveryLength_IsMultipleOfEight()
    {
        for (var length = 0; length < 64; length++)
        {
            _writer.Start();
            _writer.Value(Bytes(length, 0));
            var bytes = _writer.Finish(0);
            Assert.Equal(0, bytes.Length % 8);
            Assert.InRange(bytes.Length - FrameHead.Size - length, 0, 7);
        }
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)('a' + ((i + seed) % 26));
        return bytes;
    }
}
