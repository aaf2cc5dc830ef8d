using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using EventBus.Core.Events;

namespace EventBus.UnitTests.Events;

public sealed class EventIdGeneratorTests
{
    private static readonly long Now = new DateTime(2026, 3, 4, 5, 6, 7, 891, DateTimeKind.Utc).Ticks;

    [Fact]
    public void WriteVersion7_AnyInstant_HasLayoutOfRfc9562()
    {
        for (var i = 0; i < 1000; i++)
        {
            var ticks = Now + i;
            var text = Version7(ticks);

            var id = Guid.ParseExact(text, "D");
            Assert.Equal(text, id.ToString("D"));
            Assert.Equal(7, id.Version);
            Assert.InRange(id.Variant, 8, 11);
            Assert.Equal((ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond, Convert.ToInt64(text[..8] + text[9..13], 16));
        }
    }

    [Fact]
    public void WriteVersion7_LaterInstant_SortsLater()
    {
        // Twelve bits for 10,000 ticks: three ticks apart is always one step.
        var ids = Enumerable.Range(0, 20_000).Select(i => Version7(Now + (i * 3L))).ToList();

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    [Fact]
    public void WriteVersion7_ManyThreadsAtOneInstant_AllDiffer()
    {
        var ids = new ConcurrentBag<string[]>();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() => ids.Add([.. Enumerable.Range(0, 25_000).Select(_ => Version7(Now))]))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(100_000, ids.SelectMany(i => i).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("source", "key", 0)]
    [InlineData("", "8e03978e-40d5-43dd-bc93-6894a57f9324", 9999)]
    [InlineData("é", "k", 1)]
    public void WriteVersion8_SourceKeyIndex_IsSha256OverThem(string source, string key, int index)
    {
        var text = Version8(source, key, index);

        var (sourceBytes, keyBytes) = (Encoding.UTF8.GetBytes(source), Encoding.UTF8.GetBytes(key));
        var lengths = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(lengths, sourceBytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(lengths.AsSpan(4), keyBytes.Length);
        BinaryPrimitives.WriteInt32BigEndian(lengths.AsSpan(8), index);
        var digest = SHA256.HashData([.. lengths, .. sourceBytes, .. keyBytes])[..16];
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        Assert.Equal(new Guid(digest, bigEndian: true).ToString("D"), text);
        Assert.Equal(8, Guid.ParseExact(text, "D").Version);
    }

    [Fact]
    public void WriteVersion8_AnyPartDiffers_IdDiffers()
    {
        string[] ids =
        [
            Version8("ab", "c", 0), Version8("a", "bc", 0), Version8("abc", "", 0), Version8("", "abc", 0), Version8("ab", "c", 1),
            Version8("ab", "c", 256), Version8("AB", "c", 0),
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids[0], Version8("ab", "c", 0));
    }

    private static string Version7(long ticks)
    {
        Span<byte> id = stackalloc byte[EventIdGenerator.Length];
        EventIdGenerator.WriteVersion7(ticks, id);
        return Encoding.ASCII.GetString(id);
    }

    private static string Version8(string source, string key, int index)
    {
        Span<byte> id = stackalloc byte[EventIdGenerator.Length];
        EventIdGenerator.WriteVersion8(Encoding.UTF8.GetBytes(source), Encoding.UTF8.GetBytes(key), index, id);
        return Encoding.ASCII.GetString(id);
    }
}
