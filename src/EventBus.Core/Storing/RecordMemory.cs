namespace EventBus.Core.Storing;

/// <summary>
/// The memory of one batch: what its rows point into. Taken piece by piece and given back as a whole, so that a row costs no object of its
/// own. Used by one thread at a time.
/// </summary>
public sealed class RecordMemory
{
    private const int ChunkBytes = 512 * 1024;

    private readonly List<byte[]> _chunks = [];
    private readonly List<byte[]> _large = [];
    private readonly int _keptChunks;
    private int _chunk = -1;
    private int _used;

    /// <param name="keptBytes">How much is kept for the next batch when this one is done.</param>
    public RecordMemory(int keptBytes) => _keptChunks = Math.Max(1, keptBytes / ChunkBytes);

    /// <summary>Bytes handed out since the last <see cref="Reset"/>.</summary>
    public long Used { get; private set; }

    /// <summary>Room for so many bytes; what is in it is undefined.</summary>
    public Memory<byte> Take(int length)
    {
        Used += length;
        if (length > ChunkBytes / 4)
        {
            // Rare; within a chunk it would leave too much of it unused.
            var own = GC.AllocateUninitializedArray<byte>(length);
            _large.Add(own);
            return own;
        }

        if (_chunk < 0 || _used + length > ChunkBytes)
        {
            if (++_chunk == _chunks.Count)
                _chunks.Add(GC.AllocateUninitializedArray<byte>(ChunkBytes));
            _used = 0;
        }

        var taken = _chunks[_chunk].AsMemory(_used, length);
        _used += length;
        return taken;
    }

    /// <summary>A copy of <paramref name="bytes"/>.</summary>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = Take(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>Takes everything back: nothing that was handed out may be used any more.</summary>
    public void Reset()
    {
        _large.Clear();
        if (_chunks.Count > _keptChunks)
            _chunks.RemoveRange(_keptChunks, _chunks.Count - _keptChunks);
        _chunk = -1;
        _used = 0;
        Used = 0;
    }
}
