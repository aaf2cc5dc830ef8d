using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Bodies that are held whole, bounded one by one and together: without the second bound a thousand slow uploads would be a gigabyte.
/// </summary>
internal sealed class RequestBody(long maxBytesTogether, TimeSpan silence, TimeProvider time)
{
    // What every connection may hold without asking: the usual event needs no interlocked operation.
    private const int Free = 16 * 1024;

    private const int MaxDeadlines = 64;

    private readonly ConcurrentQueue<ReadDeadline> _deadlines = new();
    private long _held;

    /// <summary>Bytes of bodies held now, beyond the small ones.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>The bound on all bodies together.</summary>
    public long MaxBytesTogether { get; } = maxBytesTogether;

    /// <summary>
    /// Reads a whole body of at most <paramref name="limit"/> bytes. The caller gives what <see cref="Body.Buffer"/> holds back by
    /// <see cref="Release"/>, also where it was refused.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Body> ReadAsync(HttpContext context, int limit, ErrorCode tooLarge)
    {
        var reader = context.Request.BodyReader;
        if (context.Request.ContentLength > limit)
            return new Body(null, default, 0, TooLarge(limit, tooLarge));
        long held = 0;
        try
        {
            while (true)
            {
                // Without RequestAborted, which would make a token source for each request: the read fails with its connection anyway.
                var reading = reader.ReadAsync(CancellationToken.None);
                var result = reading.IsCompleted ? await reading : await ReadInTimeAsync(reader, reading);
                var buffer = result.Buffer;
                if (result.IsCanceled)
                {
                    context.Response.Headers.Connection = "close";
                    return new Body(reader, buffer, held, new Refusal(ErrorCode.RequestTimeout, "No more of the body came for too long."));
                }

                if (buffer.Length > limit)
                    return new Body(reader, buffer, held, TooLarge(limit, tooLarge));
                if (!Hold(ref held, buffer.Length))
                    return new Body(reader, buffer, held, TooMany);

                if (result.IsCompleted)
                    return new Body(reader, buffer, held, default);
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch
        {
            // The connection broke, or the client was too slow: the caller gets no body that it could release.
            Hold(ref held, 0);
            throw;
        }
    }

    /// <summary>
    /// Counts <paramref name="bytes"/> instead of the <paramref name="held"/> ones; a small number is not counted. False where all together
    /// then hold too much: the caller lets go.
    /// </summary>
    public bool Hold(ref long held, long bytes)
    {
        var counted = bytes > Free ? bytes : 0;
        if (counted == held)
            return true;
        var total = Interlocked.Add(ref _held, counted - held);
        var grew = counted > held;
        held = counted;
        return !grew || total <= MaxBytesTogether;
    }

    /// <summary>The refusal where all bodies together are too much.</summary>
    public static Refusal TooMany { get; } = new(ErrorCode.Overloaded, "Too many large requests are being read.");

    /// <summary>Gives the body's bytes back to the connection, and counts them no longer.</summary>
    public void Release(in Body body)
    {
        body.Consume();
        Forget(body);
    }

    /// <summary>Counts a body's bytes no longer: its copy is gone too.</summary>
    public void Forget(in Body body) => Interlocked.Add(ref _held, -body.Held);

    /// <summary>Waits for more of the body, but not for longer than the client may be silent. Made only where there is something to wait for.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadInTimeAsync(PipeReader reader, ValueTask<ReadResult> reading)
    {
        var deadline = _deadlines.TryDequeue(out var pooled) ? pooled : new ReadDeadline(time);
        deadline.Arm(reader, silence);
        try
        {
            return await reading;
        }
        finally
        {
            deadline.Disarm();
            if (_deadlines.Count < MaxDeadlines)
                _deadlines.Enqueue(deadline);
            else
                deadline.Dispose();
        }
    }

    private static Refusal TooLarge(int limit, ErrorCode error) => new(error, $"The body may have at most {limit} bytes.");
}

/// <summary>A body that was read whole, or why it was not.</summary>
/// <param name="Reader">Where it came from; null where nothing was read.</param>
/// <param name="Buffer">Its bytes, until <see cref="Consume"/>.</param>
/// <param name="Held">The bytes that are counted for it.</param>
/// <param name="Refusal">Why it was not read whole.</param>
internal readonly record struct Body(PipeReader? Reader, ReadOnlySequence<byte> Buffer, long Held, Refusal Refusal)
{
    /// <summary>Gives the bytes back to the connection. Needed after every read, also of nothing.</summary>
    public void Consume() => Reader?.AdvanceTo(Buffer.End);
}
