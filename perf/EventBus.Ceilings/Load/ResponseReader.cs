using System.Buffers.Text;

namespace EventBus.Ceilings.Load;

/// <summary>
/// Just enough of HTTP/1.1's responses: the status, and a body by Content-Length or in chunks, fed as bytes arrive. Trusts the server.
/// </summary>
/// <param name="room">Bytes that are read at once; a head must fit.</param>
internal sealed class ResponseReader(int room)
{
    private enum Part { Head, Sized, ChunkSize, Chunk, ChunkEnd, LastChunkEnd, Complete }

    private readonly byte[] _input = GC.AllocateUninitializedArray<byte>(room, pinned: true);
    private byte[] _body = new byte[room];
    private int _start;
    private int _end;
    private int _bodyLength;
    private long _remaining;
    private Part _part;

    public int Status { get; private set; }

    /// <summary>The bytes of the body that have arrived and were not yet taken.</summary>
    public ReadOnlySpan<byte> Body => _body.AsSpan(0, _bodyLength);

    /// <summary>Where the next bytes from the socket go. Pinned.</summary>
    public Span<byte> Room
    {
        get
        {
            if (_start > 0)
            {
                _input.AsSpan(_start, _end - _start).CopyTo(_input);
                _end -= _start;
                _start = 0;
            }

            return _input.AsSpan(_end);
        }
    }

    /// <summary>Takes in <paramref name="count"/> bytes that were put into <see cref="Room"/>.</summary>
    public void Received(int count) => _end += count;

    /// <summary>Reads on. True once the response is complete; what follows it stays for the next one.</summary>
    public bool Advance()
    {
        while (_part != Part.Complete && Step())
        {
        }

        return _part == Part.Complete;
    }

    /// <summary>Forgets the response that is complete.</summary>
    public void Next()
    {
        _part = Part.Head;
        _bodyLength = 0;
    }

    /// <summary>Drops the first bytes of the body, which the caller has read.</summary>
    public void TakeBody(int count)
    {
        _body.AsSpan(count, _bodyLength - count).CopyTo(_body);
        _bodyLength -= count;
    }

    private bool Step() => _part switch
    {
        Part.Head => ReadHead(),
        Part.Sized => Copy(Part.Complete),
        Part.Chunk => Copy(Part.ChunkEnd),
        Part.ChunkSize => ReadChunkSize(),
        _ => SkipChunkEnd(),
    };

    private bool ReadHead()
    {
        var input = _input.AsSpan(_start, _end - _start);
        var length = input.IndexOf("\r\n\r\n"u8);
        if (length < 0)
            return false;
        var head = input[..length];
        if (!Utf8Parser.TryParse(head[9..12], out int status, out _))
            throw new InvalidDataException("no status line");
        Status = status;
        var sized = head.IndexOf("Content-Length: "u8);
        if (sized >= 0)
        {
            if (!Utf8Parser.TryParse(head[(sized + 16)..], out _remaining, out _))
                throw new InvalidDataException("no Content-Length");
            _part = _remaining == 0 ? Part.Complete : Part.Sized;
        }
        else
        {
            _part = Part.ChunkSize;
        }

        _start += length + 4;
        return true;
    }

    private bool ReadChunkSize()
    {
        var input = _input.AsSpan(_start, _end - _start);
        var length = input.IndexOf("\r\n"u8);
        if (length < 0)
            return false;
        if (!Utf8Parser.TryParse(input[..length], out _remaining, out _, 'x'))
            throw new InvalidDataException("no chunk size");
        _part = _remaining == 0 ? Part.LastChunkEnd : Part.Chunk;
        _start += length + 2;
        return true;
    }

    private bool SkipChunkEnd()
    {
        if (_end - _start < 2)
            return false;
        _start += 2;
        // Nobody here sends trailers.
        _part = _part == Part.LastChunkEnd ? Part.Complete : Part.ChunkSize;
        return true;
    }

    private bool Copy(Part then)
    {
        var count = (int)Math.Min(_remaining, _end - _start);
        if (count == 0)
            return false;
        if (_bodyLength + count > _body.Length)
            Array.Resize(ref _body, Math.Max(_body.Length * 2, _bodyLength + count));
        _input.AsSpan(_start, count).CopyTo(_body.AsSpan(_bodyLength));
        _bodyLength += count;
        _start += count;
        _remaining -= count;
        if (_remaining > 0)
            return false;
        _part = then;
        return true;
    }
}
