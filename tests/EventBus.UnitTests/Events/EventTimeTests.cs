using System.Globalization;
using System.Text;
using EventBus.Core.Events;
using FsCheck.Xunit;

namespace EventBus.UnitTests.Events;

public sealed class EventTimeTests
{
    [Theory]
    [InlineData("2024-01-10T10:30:00Z", "2024-01-10T10:30:00.000000Z")]
    [InlineData("2024-01-10t10:30:00z", "2024-01-10T10:30:00.000000Z")]
    [InlineData("2024-01-10 10:30:00Z", "2024-01-10T10:30:00.000000Z")]
    [InlineData("2024-01-10T10:30:00+00:00", "2024-01-10T10:30:00.000000Z")]
    [InlineData("2024-01-10T10:30:00-00:00", "2024-01-10T10:30:00.000000Z")]
    [InlineData("2024-01-10T10:30:00+05:45", "2024-01-10T04:45:00.000000Z")]
    [InlineData("2024-01-10T10:30:00-08:00", "2024-01-10T18:30:00.000000Z")]
    [InlineData("2024-01-01T00:00:00+14:00", "2023-12-31T10:00:00.000000Z")]
    [InlineData("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000Z")]
    [InlineData("2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z")]
    [InlineData("2024-01-10T10:30:00.5Z", "2024-01-10T10:30:00.500000Z")]
    [InlineData("2024-01-10T10:30:00.123456Z", "2024-01-10T10:30:00.123456Z")]
    [InlineData("2024-01-10T10:30:00.1234569Z", "2024-01-10T10:30:00.123456Z")]
    [InlineData("2024-01-10T10:30:00.123456789Z", "2024-01-10T10:30:00.123456Z")]
    [InlineData("2024-01-10T10:30:00.99999999999999Z", "2024-01-10T10:30:00.999999Z")]
    [InlineData("2024-01-10T10:30:00.123456789+01:00", "2024-01-10T09:30:00.123456Z")]
    [InlineData("2024-01-10T10:30:00.00000000Z", "2024-01-10T10:30:00.000000Z")]
    public void TryParse_Rfc3339_IsInstant(string text, string written)
    {
        Assert.True(EventTime.TryParse(Encoding.UTF8.GetBytes(text), out var ticks));

        Assert.Equal(written, Write(ticks));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2024-01-10")]
    [InlineData("2024-01-10T10:30:00")]
    [InlineData("2024-01-10T10:30:00.000")]
    [InlineData("2024-01-10T10:30Z")]
    [InlineData("2024-01-10T10:30:00+01")]
    [InlineData("2024-01-10T10:30:00+0100")]
    [InlineData("2024-01-10T10:30:00 +01:00")]
    [InlineData("2024-01-10T10:30:00.Z")]
    [InlineData("2024-01-10T10:30:00.+01:00")]
    [InlineData("2024-01-10T10:30:00,5Z")]
    [InlineData("2024-01-10T10:30:00.12345678")]
    [InlineData("2024-01-10T10:30:00.123x5678Z")]
    [InlineData("2024-1-10T10:30:00.00Z")]
    [InlineData("24-01-10T10:30:00.0000Z")]
    [InlineData("2023-02-29T10:30:00Z")]
    [InlineData("1900-02-29T10:30:00Z")]
    [InlineData("2024-13-01T10:30:00Z")]
    [InlineData("2024-04-31T10:30:00Z")]
    [InlineData("2024-01-10T24:00:00Z")]
    [InlineData("2024-01-10T10:60:00Z")]
    [InlineData("2024-01-10T10:30:61Z")]
    [InlineData("2024-01-10T10:30:00+15:60")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData(" 2024-01-10T10:30:00Z")]
    [InlineData("2024-01-10T10:30:00Z ")]
    [InlineData("２024-01-10T10:30:00Z")]
    [InlineData("Wed, 10 Jan 2024 10:30:00 GMT")]
    [InlineData("2024-01-10T10:30:00.0000000000000000000000000000Z")]
    public void TryParse_AnythingElse_False(string text) => Assert.False(EventTime.TryParse(Encoding.UTF8.GetBytes(text), out _));

    /// <summary>.NET's calendar has no leap seconds: a client that sends one is told, rather than stored a second off.</summary>
    [Fact]
    public void TryParse_LeapSecond_False() => Assert.False(EventTime.TryParse("2016-12-31T23:59:60Z"u8, out _));

    [Property]
    public void Write_AnyInstant_IsReadBackToTheMicrosecond(uint seconds, uint fraction)
    {
        var ticks = DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond) + (fraction % TimeSpan.TicksPerSecond);

        var text = Write(ticks);

        Assert.True(EventTime.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(ticks - (ticks % TimeSpan.TicksPerMicrosecond), read);
        Assert.Equal(new DateTime(read, DateTimeKind.Utc), DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime);
    }

    [Property(MaxTest = 500)]
    public void TryParse_AnyBytes_DoesNotThrow(byte[] text)
    {
        _ = EventTime.TryParse(text, out _);
        _ = EventTime.TryParse([.. "2024-01-10T10:30:00"u8, .. text], out _);
    }

    private static string Write(long ticks)
    {
        Span<byte> text = stackalloc byte[EventTime.Length];
        EventTime.Write(ticks, text);
        return Encoding.ASCII.GetString(text);
    }

    [Theory]
    [InlineData("aaaaaaaaaaaaaa+00:0.")]
    [InlineData("2024-01-10T10:30:00.")]
    [InlineData("....................")]
    public void TryParse_PointAtTheEnd_IsFalse(string text) =>
        Assert.False(EventTime.TryParse(System.Text.Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void TryParse_AnyBytes_NeverThrows()
    {
        const int seed = 7;
        var random = new Random(seed);
        const string alphabet = "0123456789-:+.TtZz aä\0";
        for (var round = 0; round < 50_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(45)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            Assert.Null(Record.Exception(() => EventTime.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _)));
        }
    }
}
