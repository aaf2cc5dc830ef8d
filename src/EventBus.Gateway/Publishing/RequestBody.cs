using System.Buffers;
using System.IO.Pipelines;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Bodies that are held whole, bounded one by one and together: without the second bound a thousand slow uploads would be a gigabyte.
/// </summary>
internal sealed class RequestBody(long maxBytesTogether)
{
    // What every connection may hold without asking: the usual event needs no interlocked operation.
    private const int Free = 16 * 1024;

    private long _held;

    /// <summary>Bytes of bodies held now, beyond the small ones.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>The bound on all bodies together.</summary>
    public long MaxBytesTogether { get; } = maxBytesTogether;

    /// <summary>
    /// Reads a whole body of at most <paramref name="limit"/> bytes. The caller gives what <see cref="Body.Buffer"/> holds back by
    /// <see cref="Release"/>, also where it was refused.
    /// </summary>
    public async ValueTask<Body> ReadAsync(HttpContext context, int limit, ErrorCode tooLarge)
    {
        var reader = context.Request.BodyReader;
        if (context.Request.ContentLength > limit)
            return new Body(reader, default, 0, TooLarge(limit, tooLarge));
        long held = 0;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(context.RequestAborted);
                var buffer = result.Buffer;
                if (buffer.Length > limit)
                    return new Body(reader, buffer, held, TooLarge(limit, tooLarge));
                if (buffer.Length > Free && buffer.Length > held)
                {
                    var more = buffer.Length - held;
                    held = buffer.Length;
                    if (Interlocked.Add(ref _held, more) > MaxBytesTogether)
                        return new Body(reader, buffer, held, new Refusal(ErrorCode.Overloaded, "Too many large requests are being read."));
                }

                if (result.IsCompleted)
                    return new Body(reader, buffer, held, default);
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        catch
        {
            // The connection broke, or the client was too slow: the caller gets no body that it could release.
            Interlocked.Add(ref _held, -held);
            throw;
        }
    }

    /// <summary>Gives the body's bytes back to the connection.</summary>
    public void Release(in Body body)
    {
        if (body.Held > 0)
            Interlocked.Add(ref _held, -body.Held);
        if (!body.Buffer.IsEmpty)
            body.Reader.AdvanceTo(body.Buffer.End);
    }

    private static Refusal TooLarge(int limit, ErrorCode error) => new(error, $"The body may have at most {limit} bytes.");
}

/// <summary>A body that was read whole, or why it was not.</summary>
internal readonly record struct Body(PipeReader Reader, ReadOnlySequence<byte> Buffer, long Held, Refusal Refusal);
