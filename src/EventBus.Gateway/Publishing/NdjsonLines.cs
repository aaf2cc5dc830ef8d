using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using EventBus.Contracts;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>The reading half of a stream: takes lines as they come, submits them, and closes a group when it is full or nothing more is at hand.</summary>
internal sealed class NdjsonLines(
    HttpContext context, RequestInfo request, PublishGate gate, EventSubmitter submitter, PublishLedger ledger, Admission admission,
    RequestBody bodies, NdjsonResults results, TimeSpan silence) : IDisposable
{
    private const int KeptLine = 16 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly PipeReader _reader = context.Request.BodyReader;
    private readonly CancellationTokenSource _silence = CancellationTokenSource.CreateLinkedTokenSource(gate.Stopping);
    private readonly PeriodicTimer _pause = new(Timeout.InfiniteTimeSpan);
    private byte[] _line = [];
    private PublishBatch? _group;
    private int _index;
    private long _now;
    private long _held;
    private bool _skipping;

    /// <summary>Reads to the end of the stream, whatever ends it.</summary>
    public async Task ReadAsync()
    {
        try
        {
            while (await ReadSomeAsync())
            {
            }
        }
        catch (OperationCanceledException)
        {
            await EndAsync(gate.Stopping.IsCancellationRequested
                ? new Refusal(ErrorCode.ShuttingDown, "This instance stops; send the rest to another one.")
                : new Refusal(ErrorCode.RequestTimeout, "No line came for too long."));
        }
        catch (Exception e) when (e is BadHttpRequestException or IOException)
        {
            await EndAsync(new Refusal(ErrorCode.InvalidRequest, "The request ended within a line or a chunk."));
        }
        finally
        {
            bodies.Hold(ref _held, 0);
            await CloseGroupAsync();
            results.Complete();
        }
    }

    public void Dispose()
    {
        _silence.Dispose();
        _pause.Dispose();
    }

    /// <summary>
    /// Takes what is at hand, waiting for more where nothing is. False at the end. It waits some hundred times a second: its state is pooled.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadSomeAsync()
    {
        var reading = _reader.ReadAsync(_silence.Token);
        if (!reading.IsCompleted)
        {
            // Nothing at hand: what was read so far goes out, however few lines it is.
            await CloseGroupAsync();
            _silence.CancelAfter(silence);
        }

        var result = await reading;
        _now = submitter.Now;
        gate.Touch(context, NdjsonResults.MaxEvents);
        _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        var buffer = result.Buffer;
        while (TryTakeLine(ref buffer, result.IsCompleted, out var line))
            await SubmitAsync(line);
        if (buffer.Length > SingleEndpoint.MaxEventBytes && !_skipping)
        {
            await RefuseAsync(TooLarge);
            _skipping = true;
        }

        // What is left is the beginning of a line: a long one counts like any other body that is held.
        if (!_skipping && !bodies.Hold(ref _held, buffer.Length))
        {
            await RefuseAsync(RequestBody.TooMany);
            _skipping = true;
        }

        if (_skipping)
        {
            bodies.Hold(ref _held, 0);
            buffer = buffer.Slice(buffer.End);
        }

        submitter.Wake();
        _reader.AdvanceTo(buffer.Start, buffer.End);
        return !result.IsCompleted;
    }

    private static Refusal TooLarge { get; } = new(ErrorCode.EventTooLarge, $"A line may have at most {SingleEndpoint.MaxEventBytes} bytes.");

    /// <summary>The next whole line, or the rest at the end. A line that was refused for its length is passed over.</summary>
    private bool TryTakeLine(ref ReadOnlySequence<byte> buffer, bool isEnd, out ReadOnlySequence<byte> line)
    {
        while (true)
        {
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }
            else if (isEnd && !buffer.IsEmpty)
            {
                line = buffer;
                buffer = buffer.Slice(buffer.End);
            }
            else
            {
                line = default;
                return false;
            }

            if (!_skipping)
                return true;
            _skipping = false;
        }
    }

    private ValueTask SubmitAsync(in ReadOnlySequence<byte> sequence)
    {
        if (sequence.Length > SingleEndpoint.MaxEventBytes)
            return RefuseAsync(TooLarge);
        var line = Contiguous(sequence);
        if (line.Span.Trim(" \t\r"u8).IsEmpty)
            return ValueTask.CompletedTask;
        // The usual case runs to its end without an async method's state.
        if (_group is { } group && !IsCrowded && !gate.Check().IsRefused && gate.CheckRate(context, 1) is { IsRefused: false }
            && group.Count < PublishLedger.GroupCapacity
            && submitter.Submit(group, line.Span, EventForm.Either, request, _index, _now) is var deferred)
        {
            _index++;
            if (deferred is not null)
                return FinishAsync(group, deferred, line);
            return group.Count == PublishLedger.GroupCapacity ? CloseGroupAsync() : ValueTask.CompletedTask;
        }

        return SubmitSlowAsync(line);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SubmitSlowAsync(ReadOnlyMemory<byte> line)
    {
        await MakeRoomAsync();
        _group ??= await ledger.RentGroupAsync(CancellationToken.None);
        var refusal = gate.Check();
        if (!refusal.IsRefused)
            refusal = gate.CheckRate(context, 1);
        if (refusal.IsRefused)
        {
            await RefuseAsync(refusal);
            return;
        }

        var deferred = submitter.Submit(_group, line.Span, EventForm.Either, request, _index++, _now);
        if (deferred is not null)
            await FinishAsync(_group, deferred, line);
        else if (_group.Count == PublishLedger.GroupCapacity)
            await CloseGroupAsync();
    }

    private async ValueTask FinishAsync(PublishBatch group, DeferredEvent deferred, ReadOnlyMemory<byte> line)
    {
        await submitter.FinishAsync(group, deferred, line, EventForm.Either, request, _index - 1);
        if (group.Count == PublishLedger.GroupCapacity)
            await CloseGroupAsync();
    }

    /// <summary>
    /// A stream paces itself by its own acknowledgements from half of the buffer on, where low priority would be refused: the rest is for
    /// those who cannot wait.
    /// </summary>
    private bool IsCrowded => admission.Events * 2 > admission.MaxEvents || admission.Bytes * 2 > admission.MaxBytes;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask MakeRoomAsync()
    {
        while (IsCrowded && (_group is { Count: > 0 } || results.Unanswered > 0) && !gate.Check().IsRefused)
        {
            await CloseGroupAsync();
            submitter.Wake();
            await PauseAsync();
        }
    }

    /// <summary>A millisecond, from one timer for the whole stream: a full buffer is the usual state of a fast one, and a delay is three objects.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask PauseAsync()
    {
        _pause.Period = Pause;
        await _pause.WaitForNextTickAsync(_silence.Token);
        _pause.Period = Timeout.InfiniteTimeSpan;
    }

    private async ValueTask RefuseAsync(Refusal refusal)
    {
        _group ??= await ledger.RentGroupAsync(CancellationToken.None);
        _group.AddRefused(refusal);
        _index++;
        if (_group.Count == PublishLedger.GroupCapacity)
            await CloseGroupAsync();
    }

    /// <summary>Says why the stream ends before its end, in the place of the line that was not read.</summary>
    private async ValueTask EndAsync(Refusal refusal) => await RefuseAsync(refusal);

    private ValueTask CloseGroupAsync()
    {
        if (_group is not { } group)
            return ValueTask.CompletedTask;
        _group = null;
        group.Seal();
        submitter.Wake();
        return results.AddAsync(group);
    }

    private ReadOnlyMemory<byte> Contiguous(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
            return line.First;
        var length = (int)line.Length;
        // A long line gets an array of its own, which goes with it.
        if (length > KeptLine)
            return line.ToArray();
        if (_line.Length == 0)
            _line = new byte[KeptLine];
        line.CopyTo(_line);
        return _line.AsMemory(0, length);
    }
}
