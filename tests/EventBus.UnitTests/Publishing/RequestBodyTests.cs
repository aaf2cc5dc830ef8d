using System.IO.Pipelines;
using EventBus.Contracts;
using EventBus.Gateway.Publishing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Publishing;

public sealed class RequestBodyTests
{
    private const int Limit = 200_000;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly RequestBody _bodies;

    public RequestBodyTests() => _bodies = new RequestBody(300_000, Silence, _time);

    [Fact]
    public async Task ReadAsync_SilentForTooLong_Is408()
    {
        var read = Read(out var pipe);
        await pipe.Writer.WriteAsync(new byte[100_000]);
        _time.Advance(Silence - TimeSpan.FromSeconds(1));
        await pipe.Writer.WriteAsync(new byte[10]);
        await Task.Delay(50);
        _time.Advance(Silence + TimeSpan.FromSeconds(1));

        var body = await read.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Same(ErrorCode.RequestTimeout, body.Refusal.Error);
        _bodies.Release(body);
        Assert.Equal(0, _bodies.Held);
    }

    [Fact]
    public async Task ReadAsync_WholeBody_HeldUntilReleased()
    {
        var read = Read(out var pipe);
        await pipe.Writer.WriteAsync(new byte[100_000]);
        await pipe.Writer.CompleteAsync();

        var body = await read;

        Assert.False(body.Refusal.IsRefused);
        Assert.Equal(100_000, body.Buffer.Length);
        Assert.Equal(100_000, _bodies.Held);
        _bodies.Release(body);
        Assert.Equal(0, _bodies.Held);
    }

    [Fact]
    public async Task ReadAsync_SmallBody_NotCounted()
    {
        var read = Read(out var pipe);
        await pipe.Writer.WriteAsync(new byte[1000]);
        await pipe.Writer.CompleteAsync();

        var body = await read;

        Assert.Equal(0, _bodies.Held);
        _bodies.Release(body);
        Assert.Equal(0, _bodies.Held);
    }

    [Fact]
    public async Task ReadAsync_ConnectionBreaks_GivesItsBytesBack()
    {
        var read = Read(out var pipe);
        await pipe.Writer.WriteAsync(new byte[100_000]);
        Assert.True(SpinWait.SpinUntil(() => _bodies.Held == 100_000, TimeSpan.FromSeconds(10)));

        await pipe.Writer.CompleteAsync(new IOException("reset"));

        await Assert.ThrowsAsync<IOException>(() => read);
        Assert.Equal(0, _bodies.Held);
    }

    [Fact]
    public async Task ReadAsync_OverLimit_RefusedAndReleased()
    {
        var read = Read(out var pipe);
        await pipe.Writer.WriteAsync(new byte[150_000]);
        await pipe.Writer.WriteAsync(new byte[50_001]);

        var body = await read;

        Assert.Equal(ErrorCode.EventTooLarge, body.Refusal.Error);
        _bodies.Release(body);
        Assert.Equal(0, _bodies.Held);
    }

    [Fact]
    public async Task ReadAsync_TogetherOverBound_RefusesTheLater()
    {
        var first = Read(out var firstPipe);
        await firstPipe.Writer.WriteAsync(new byte[190_000]);
        await firstPipe.Writer.CompleteAsync();
        var held = await first;
        var second = Read(out var secondPipe);
        await secondPipe.Writer.WriteAsync(new byte[120_000]);

        var body = await second;

        Assert.Equal(ErrorCode.Overloaded, body.Refusal.Error);
        _bodies.Release(body);
        _bodies.Release(held);
        Assert.Equal(0, _bodies.Held);
    }

    [Fact]
    public async Task ReadAsync_DeclaredOverLimit_RefusedUnread()
    {
        var context = new DefaultHttpContext();
        context.Request.ContentLength = Limit + 1;

        var body = await _bodies.ReadAsync(context, Limit, ErrorCode.EventTooLarge);

        Assert.Equal(ErrorCode.EventTooLarge, body.Refusal.Error);
        _bodies.Release(body);
    }

    private Task<Body> Read(out Pipe pipe)
    {
        pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Feature(pipe.Reader));
        return _bodies.ReadAsync(context, Limit, ErrorCode.EventTooLarge).AsTask();
    }

    private sealed class Feature(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader { get; } = reader;
    }
}
