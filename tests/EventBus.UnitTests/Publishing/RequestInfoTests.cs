using System.Text;
using EventBus.Gateway.Publishing;
using Microsoft.AspNetCore.Http;

namespace EventBus.UnitTests.Publishing;

public sealed class RequestInfoTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly DefaultHttpContext _context = new();

    [Fact]
    public void Read_NoHeaders_SharesOneInstance()
    {
        var info = Read();

        Assert.Same(info, RequestInfo.Read(new DefaultHttpContext(), out _));
        Assert.False(info.IsAsync);
        Assert.True(info.IdempotencyKey.IsEmpty);
    }

    [Theory]
    [InlineData("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324")]
    [InlineData("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324")]
    [InlineData("\"a b, (c); d\"", "a b, (c); d")]
    [InlineData("\"a\\\"b\\\\c\"", "a\"b\\c")]
    [InlineData("x", "x")]
    [InlineData("a.b~c!d'e", "a.b~c!d'e")]
    public void Read_IdempotencyKey_QuotedStringOrToken(string header, string key)
    {
        _context.Request.Headers["Idempotency-Key"] = header;

        var info = Read();

        Assert.Equal(key, Encoding.ASCII.GetString(info.IdempotencyKey));
        Assert.Equal(key, Encoding.ASCII.GetString(info.ContextOf(0, 0).IdempotencyKey));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"")]
    [InlineData("\"a")]
    [InlineData("a\"")]
    [InlineData("\"a\"b\"")]
    [InlineData("\"a\";p=1")]
    [InlineData("\"a\\\"")]
    [InlineData("\"a\\n\"")]
    [InlineData("\"a\\")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a/b=c")]
    [InlineData("é")]
    [InlineData("\"é\"")]
    [InlineData("\"a\u0001\"")]
    [InlineData("\"a\u007f\"")]
    public void Read_WrongIdempotencyKey_Refused(string header)
    {
        _context.Request.Headers["Idempotency-Key"] = header;

        RequestInfo.Read(_context, out var refusal);

        Assert.Equal("invalid_idempotency_key", refusal.Error?.Code);
    }

    [Fact]
    public void Read_IdempotencyKeyLength_AtMost255()
    {
        _context.Request.Headers["Idempotency-Key"] = "\"" + new string('k', 255) + "\"";
        Assert.Equal(255, Read().IdempotencyKey.Length);

        foreach (var wrong in new[] { new string('k', 256), "\"" + new string('k', 256) + "\"" })
        {
            _context.Request.Headers["Idempotency-Key"] = wrong;
            RequestInfo.Read(_context, out var refusal);
            Assert.True(refusal.IsRefused);
        }
    }

    [Fact]
    public void Read_TwoIdempotencyKeys_Refused()
    {
        _context.Request.Headers["Idempotency-Key"] = new[] { "a", "a" };

        RequestInfo.Read(_context, out var refusal);

        Assert.Equal("invalid_idempotency_key", refusal.Error?.Code);
    }

    [Theory]
    [InlineData("respond-async", true)]
    [InlineData("Respond-Async", true)]
    [InlineData("return=minimal, respond-async", true)]
    [InlineData("respond-async;wait=5 , x", true)]
    [InlineData("respond-asynchronously", false)]
    [InlineData("x=respond-async", false)]
    [InlineData("", false)]
    public void Read_Prefer_RespondAsync(string header, bool isAsync)
    {
        _context.Request.Headers["Prefer"] = header;

        Assert.Equal(isAsync, Read().IsAsync);
    }

    [Fact]
    public void Read_TwoPrefers_EitherCounts()
    {
        _context.Request.Headers["Prefer"] = new[] { "return=minimal", "respond-async" };

        Assert.True(Read().IsAsync);
    }

    [Fact]
    public void Read_TraceContext_CarriedOn()
    {
        _context.Request.Headers.TraceParent = Parent;
        _context.Request.Headers.TraceState = "vendor=1,other=2";

        var context = Read().ContextOf(5, 6);

        Assert.Equal(Parent, Encoding.ASCII.GetString(context.TraceParent));
        Assert.Equal("vendor=1,other=2", Encoding.ASCII.GetString(context.TraceState));
        Assert.Equal((5, 6L), (context.Index, context.UtcTicks));
    }

    [Theory]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0af7651916cd43dd-448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("-------------------------------------------------------")]
    [InlineData("nonsense")]
    public void Read_WrongTraceParent_NotCarriedOn(string parent)
    {
        _context.Request.Headers.TraceParent = parent;
        _context.Request.Headers.TraceState = "vendor=1";

        var context = Read().ContextOf(0, 0);

        Assert.True(context.TraceParent.IsEmpty);
        Assert.True(context.TraceState.IsEmpty);
    }

    [Fact]
    public void Read_LongTraceState_Dropped()
    {
        _context.Request.Headers.TraceParent = Parent;
        _context.Request.Headers.TraceState = "a=" + new string('x', 511);

        var context = Read().ContextOf(0, 0);

        Assert.False(context.TraceParent.IsEmpty);
        Assert.True(context.TraceState.IsEmpty);
    }

    [Fact]
    public void Read_TopicInQuery_GoesToContext()
    {
        _context.Request.QueryString = new QueryString("?topic=game.events");

        Assert.Equal("game.events", Encoding.ASCII.GetString(Read().ContextOf(0, 0).Topic));
    }

    private RequestInfo Read()
    {
        var info = RequestInfo.Read(_context, out var refusal);
        Assert.False(refusal.IsRefused, refusal.Detail);
        return info;
    }
}
