using EventBus.Hosting.Settings;

namespace EventBus.UnitTests.Hosting;

public class FormatTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1m", 60_000)]
    [InlineData("168h", 604_800_000)]
    [InlineData("0s", 0)]
    public void TryParseDuration_NumberAndUnit_IsRead(string text, long milliseconds)
    {
        Assert.True(Format.TryParseDuration(text, out var value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("30")]
    [InlineData("30x")]
    [InlineData("30S")]
    [InlineData("30 s")]
    [InlineData("1.5s")]
    [InlineData("-1s")]
    [InlineData("1h30m")]
    [InlineData("9223372036854775807h")]
    [InlineData("99999999999999999999s")]
    public void TryParseDuration_AnythingElse_IsNone(string text) => Assert.False(Format.TryParseDuration(text, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1048576", 1 << 20)]
    [InlineData("512KiB", 512 << 10)]
    [InlineData("64 MiB", 64 << 20)]
    [InlineData("2GiB", 2L << 30)]
    public void TryParseBytes_NumberAndUnit_IsRead(string text, long bytes)
    {
        Assert.True(Format.TryParseBytes(text, out var value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("MiB")]
    [InlineData("64MB")]
    [InlineData("-1")]
    [InlineData("1.5GiB")]
    [InlineData("9223372036854775807GiB")]
    public void TryParseBytes_AnythingElse_IsNone(string text) => Assert.False(Format.TryParseBytes(text, out _));
}
