using System.Text;

namespace EventBus.Ceilings.Load;

/// <summary>NDJSON in, results out while sending, over one or a few connections of one thread.</summary>
internal sealed class StreamLoad
{
    private readonly Poller _poller = new();
    private readonly NdjsonStream[] _streams;

    private StreamLoad(NdjsonStream[] streams)
    {
        _streams = streams;
        for (var i = 0; i < streams.Length; i++)
            _poller.Watch(streams[i].Connection.Descriptor, i);
    }

    public static int Run(Options options)
    {
        var port = options.Integer("--port", 8083);
        var connections = options.Integer("--connections", 1);
        var seconds = options.Number("--seconds", 10);
        var count = (long)options.Number("--count", 0) / connections;
        var rate = options.Number("--rate", 0) / connections;
        var window = options.Integer("--window", 20_000) / connections;
        options.Done();
        var lines = NdjsonStream.Lines();
        var streams = Enumerable.Range(0, connections).Select(_ => new NdjsonStream(port, lines, count, rate, window)).ToArray();
        new StreamLoad(streams).Measure(seconds, count, rate > 0).Print();
        return 0;
    }

    private Report Measure(double seconds, long count, bool paced)
    {
        foreach (var stream in _streams)
            stream.Start(Clock.Micros);
        // As bare-kafka does: a time is measured from one full second on.
        if (count == 0)
            RunUntil(Clock.Micros + 1_000_000, paced);
        var before = _streams.Sum(s => s.Acknowledged);
        var answeredBefore = _streams.Sum(s => s.Answered);
        foreach (var stream in _streams)
            stream.Latency.Reset();
        var cpu = Clock.CpuMicros;
        var start = Clock.Micros;
        RunUntil(count > 0 ? long.MaxValue : start + (long)(seconds * 1e6), paced);

        var elapsed = (Clock.Micros - start) / 1e6;
        var measured = _streams.Sum(s => s.Acknowledged) - before;
        var spent = (Clock.CpuMicros - cpu) / Math.Max(1, _streams.Sum(s => s.Answered) - answeredBefore);
        var latency = Histograms.Create();
        foreach (var stream in _streams)
        {
            latency.Add(stream.Latency);
            stream.Finish();
        }

        RunUntil(Clock.Micros + 30_000_000, paced: false);
        foreach (var stream in _streams)
            stream.Connection.Dispose();
        var acknowledged = _streams.Sum(s => s.Acknowledged);
        return new(
            measured, elapsed, measured / elapsed, acknowledged, _streams.Sum(s => s.Sent) - acknowledged, spent, Percentiles.Of(latency));
    }

    private void RunUntil(long end, bool paced)
    {
        while (Clock.Micros < end && !_streams.All(s => s.Complete))
            Turn(paced);
    }

    private void Turn(bool paced)
    {
        for (var i = 0; i < _streams.Length; i++)
        {
            var was = _streams[i].Connection.Sending;
            _streams[i].Send();
            var @is = _streams[i].Connection.Sending;
            if (was != @is)
                _poller.WatchWriting(_streams[i].Connection.Descriptor, i, @is);
        }

        var ready = _poller.Wait(paced ? Clock.TickMicros : 100_000);
        for (var i = 0; i < ready; i++)
            _streams[_poller.Ready(i)].Receive();
    }
}

/// <summary>One request that never ends until told to.</summary>
internal sealed class NdjsonStream
{
    private const int LineBytes = SampleEvents.BodyBytes + 1;
    private const int MostLines = 256;
    private static readonly byte[] Published = "\"published\":true"u8.ToArray();

    private readonly byte[] _lines;
    private readonly byte[] _output = GC.AllocateUninitializedArray<byte>((MostLines * LineBytes) + 64, pinned: true);
    private readonly long[] _sentAt;
    private readonly long _count;
    private readonly double _rate;
    private readonly int _window;
    private bool _finishing;
    private bool _ended;
    private long _start;

    public NdjsonStream(int port, byte[] lines, long count, double rate, int window)
    {
        _lines = lines;
        _count = count;
        _rate = rate;
        _window = window;
        _sentAt = new long[window];
        Connection = new(port, room: 64 * 1024);
    }

    public Connection Connection { get; }

    public HdrHistogram.LongHistogram Latency { get; } = Histograms.Create();

    public long Sent { get; private set; }

    public long Answered { get; private set; }

    public long Acknowledged { get; private set; }

    public bool Complete { get; private set; }

    private bool Sized => _count > 0;

    /// <summary>Every event's body and a line feed, all of one length.</summary>
    public static byte[] Lines() => [.. SampleEvents.Create().SelectMany(e => e.Body.Append((byte)'\n'))];

    public void Start(long now)
    {
        _start = now;
        var length = Sized ? $"Content-Length: {_count * LineBytes}" : "Transfer-Encoding: chunked";
        var head = Encoding.ASCII.GetBytes(
            $"POST /events/publish/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n{length}\r\n\r\n");
        head.CopyTo(_output, 0);
        Connection.Send(_output, head.Length);
    }

    /// <summary>No more events; the request ends as soon as what was begun has left.</summary>
    public void Finish() => _finishing = true;

    /// <summary>Sends what is due and allowed.</summary>
    public void Send()
    {
        Connection.Flush();
        while (!Connection.Sending && !_ended)
        {
            var lines = Allowed();
            if (lines == 0 && !EndNow())
                return;
            Connection.Send(_output, Fill(lines));
        }
    }

    public void Receive()
    {
        bool more;
        do
        {
            more = Connection.Receive();
            Complete = Connection.Response.Advance();
            if (Connection.Response.Status is not (0 or 200))
                throw new InvalidDataException($"status {Connection.Response.Status}: {Encoding.UTF8.GetString(Connection.Response.Body)}");
            TakeLines();
        }
        while (more && !Complete);
    }

    private int Allowed()
    {
        if (_finishing)
            return 0;
        var allowed = Math.Min(MostLines, _window - (Sent - Answered));
        if (Sized)
            allowed = Math.Min(allowed, _count - Sent);
        if (_rate > 0)
            allowed = Math.Min(allowed, (long)((Clock.Micros - _start) * _rate / 1e6) - Sent);
        // At full speed small pieces would only cost both sides system calls.
        return _rate == 0 && !Sized && allowed < Math.Min(64, _window / 4) ? 0 : (int)Math.Max(0, allowed);
    }

    private bool EndNow()
    {
        if (Sized)
            _ended = Sent == _count;
        return !Sized && _finishing;
    }

    private int Fill(int lines)
    {
        if (lines == 0)
        {
            _ended = true;
            "0\r\n\r\n"u8.CopyTo(_output);
            return 5;
        }

        var at = 0;
        if (!Sized)
            at = Encoding.ASCII.GetBytes($"{lines * LineBytes:x}\r\n", _output);
        var now = Clock.Micros;
        for (var i = 0; i < lines; i++, Sent++)
        {
            var from = (int)(Sent % SampleEvents.Count) * LineBytes;
            _lines.AsSpan(from, LineBytes).CopyTo(_output.AsSpan(at));
            at += LineBytes;
            _sentAt[Sent % _window] = _rate > 0 ? _start + (long)(Sent * 1e6 / _rate) : now;
        }

        if (Sized)
            return at;
        "\r\n"u8.CopyTo(_output.AsSpan(at));
        return at + 2;
    }

    private void TakeLines()
    {
        var body = Connection.Response.Body;
        var length = body.LastIndexOf((byte)'\n') + 1;
        if (length == 0)
            return;
        var whole = body[..length];
        var results = whole.Count((byte)'\n');
        Acknowledged += whole.Count(Published);
        var now = Clock.Micros;
        for (var i = 0; i < results; i++, Answered++)
            Histograms.Record(Latency, now - _sentAt[Answered % _window]);
        Connection.Response.TakeBody(length);
    }
}
