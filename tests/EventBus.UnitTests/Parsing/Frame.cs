using System.Runtime.InteropServices;
using System.Text;
using EventBus.Core.Buffering;

namespace EventBus.UnitTests.Parsing;

/// <summary>A frame read back by the rules that <see cref="FrameHead"/> states, in plain managed code: what native code will see.</summary>
internal sealed record Frame(int Topic, long Ticket, byte[] Value, byte[] Key, IReadOnlyList<(string Name, string Value)> Headers)
{
    public string ValueText => Encoding.UTF8.GetString(Value);

    public string KeyText => Encoding.UTF8.GetString(Key);

    public string? this[string header] => Headers.Where(h => h.Name == header).Select(h => h.Value).SingleOrDefault();

    public static Frame Read(ReadOnlySpan<byte> bytes)
    {
        var head = MemoryMarshal.Read<FrameHead>(bytes);
        Assert.Equal(bytes.Length, head.Length);
        Assert.Equal(0, head.Length % 8);
        var rest = bytes[FrameHead.Size..];
        var value = rest[..head.ValueLength].ToArray();
        var key = rest.Slice(head.ValueLength, head.KeyLength).ToArray();
        rest = rest[(head.ValueLength + head.KeyLength)..];
        var headers = new List<(string, string)>();
        var headerBytes = 0;
        for (var i = 0; i < head.HeaderCount; i++)
        {
            var lengths = MemoryMarshal.Read<FrameField>(rest);
            rest = rest[FrameField.Size..];
            Assert.Equal(0, rest[lengths.NameLength]);
            headers.Add((
                Encoding.UTF8.GetString(rest[..lengths.NameLength]),
                Encoding.UTF8.GetString(rest.Slice(lengths.NameLength + 1, lengths.ValueLength))));
            rest = rest[(lengths.NameLength + 1 + lengths.ValueLength)..];
            headerBytes += lengths.NameLength + lengths.ValueLength;
        }

        Assert.Equal(headerBytes, head.HeaderBytes);
        Assert.InRange(rest.Length, 0, 7);
        return new Frame(head.Topic, head.Ticket, value, key, headers);
    }
}
