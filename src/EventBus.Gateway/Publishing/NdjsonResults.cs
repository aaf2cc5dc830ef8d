using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EventBus.Core.Publishing;
using EventBus.Gateway.Status;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// The answering half of a stream: groups of lines in their order, each written once it has all outcomes. A client that does not read its
/// results holds this half up, and the bounded queue in front of it then holds up the reading half.
/// </summary>
internal sealed class NdjsonResults(HttpContext context, EventSubmitter submitter, RecentEvents recent, TimeSpan timeout) : IDisposable
{
    /// <summary>Groups that may wait for their outcome: with 256 lines each, what one stream can have in flight.</summary>
    private const int MaxGroups = 32;

    /// <summary>Events of one stream that may be in flight.</summary>
    public const int MaxEvents = MaxGroups * PublishLedger.GroupCapacity;

    private readonly Channel<PublishBatch> _groups = Channel.CreateBounded<PublishBatch>(
        new BoundedChannelOptions(MaxGroups) { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = false });

    private readonly CancellationTokenSource _timeout = new();
    private int _unanswered;
    private int _index;
    private bool _broken;

    /// <summary>Groups that wait for their outcome or for the client to read.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Queues a sealed group; waits while the client does not keep up.</summary>
    public ValueTask AddAsync(PublishBatch group)
    {
        Interlocked.Increment(ref _unanswered);
        return _groups.Writer.WriteAsync(group);
    }

    /// <summary>No more groups.</summary>
    public void Complete() => _groups.Writer.Complete();

    /// <summary>Writes results until the last group; goes on taking outcomes where the client is gone, so that every batch is given back.</summary>
    public async Task WriteAsync()
    {
        // At once, so that a client sees the answer begin before its first results.
        await FlushAsync(start: true);
        await foreach (var group in _groups.Reader.ReadAllAsync())
        {
            await group.WaitAsync();
            recent.Note(group);
            await submitter.SettleAsync(group);
            if (!_broken)
                await WriteAsync(group);
            group.Return();
            Interlocked.Decrement(ref _unanswered);
        }
    }

    public void Dispose() => _timeout.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(PublishBatch group)
    {
        try
        {
            var writer = context.Response.BodyWriter;
            for (var i = 0; i < group.Count; i++)
            {
                AnswerWriter.Write(writer, group, group.Items[i], _index++);
                writer.Write("\n"u8);
            }
        }
        catch (Exception)
        {
            // As in FlushAsync.
            Break();
            return;
        }

        await FlushAsync(start: false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushAsync(bool start)
    {
        try
        {
            if (start)
                await context.Response.StartAsync(_timeout.Token);
            var flush = context.Response.BodyWriter.FlushAsync(_timeout.Token);
            if (!flush.IsCompleted)
                _timeout.CancelAfter(timeout);
            await flush;
            _timeout.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        catch (Exception)
        {
            // The client is gone, or has not read for too long: its events go on, its connection does not. Whatever else it was, the
            // groups behind this one must still be taken and given back.
            Break();
        }
    }

    private void Break()
    {
        _broken = true;
        context.Abort();
    }
}
