namespace EventBus.Ceilings.Load;

/// <summary>
/// Requests and answers over keep-alive connections, one thread: closed loop (the next request when the answer is there) or, with a rate,
/// open loop (latency from the time the request was due, whether or not a connection was free).
/// </summary>
internal sealed class HttpLoad
{
    private static readonly byte[] Published = "\"published\":true"u8.ToArray();

    private sealed class Client(int port)
    {
        public Connection Connection { get; } = new(port, room: 4096);
        public PreparedRequest? Request { get; set; }
        public long Due { get; set; }
    }

    private readonly Poller _poller = new();
    private readonly Client[] _clients;
    private readonly Stack<int> _free = new();
    private readonly PreparedRequest[] _requests;
    private readonly Outcome _outcome;
    private readonly double _rate;
    private long _sent;
    private long _start;
    private long _end;

    private HttpLoad(int port, int connections, PreparedRequest[] requests, double rate, bool mixed)
    {
        _requests = requests;
        _rate = rate;
        _outcome = new(mixed);
        _clients = new Client[connections];
        for (var i = 0; i < connections; i++)
        {
            _clients[i] = new(port);
            _poller.Watch(_clients[i].Connection.Descriptor, i);
            _free.Push(i);
        }
    }

    public static int Run(Options options)
    {
        var port = options.Integer("--port", 8083);
        var connections = options.Integer("--connections", 64);
        var seconds = options.Number("--seconds", 10);
        var rate = options.Number("--rate", 0);
        var batch = options.Integer("--batch", 0);
        var distinct = options.Integer("--distinct", 0);
        var mixed = options.Switch("--mix");
        options.Done();
        var requests = mixed ? Requests.Mixed()
            : batch > 0 ? Requests.Arrays(batch)
            : distinct > 0 ? Requests.Distinct(distinct)
            : Requests.Singles(SampleEvents.Create());
        new HttpLoad(port, connections, requests, rate, mixed).Measure(seconds).Print();
        return 0;
    }

    private Report Measure(double seconds)
    {
        var cpu = Clock.CpuMicros;
        _start = Clock.Micros;
        _end = _start + (long)(seconds * 1e6);
        while (Clock.Micros < _end)
        {
            SendDue();
            TakeAnswers(UntilNext());
        }

        var elapsed = (Clock.Micros - _start) / 1e6;
        var measured = _outcome.Acknowledged;
        var spent = Clock.CpuMicros - cpu;
        var answered = _outcome.Answered;
        _outcome.Measuring = false;
        var patience = Clock.Micros + 30_000_000;
        while (_free.Count < _clients.Length && Clock.Micros < patience)
            TakeAnswers(100_000);
        foreach (var client in _clients)
            client.Connection.Dispose();
        return _outcome.Report(measured, elapsed, spent / Math.Max(1, answered), unanswered: _clients.Length - _free.Count);
    }

    private void SendDue()
    {
        while (_free.Count > 0)
        {
            var now = Clock.Micros;
            var due = _rate > 0 ? Due(_sent) : now;
            if (due > now || now >= _end)
                return;
            Send(_free.Pop(), due);
        }
    }

    private void Send(int number, long due)
    {
        var client = _clients[number];
        client.Request = _requests[_sent++ % _requests.Length];
        client.Due = due;
        client.Connection.Send(client.Request.Bytes, client.Request.Bytes.Length);
        if (client.Connection.Sending)
            _poller.WatchWriting(client.Connection.Descriptor, number, true);
    }

    private void TakeAnswers(long micros)
    {
        var ready = _poller.Wait(micros);
        for (var i = 0; i < ready; i++)
            TakeAnswer(_poller.Ready(i));
    }

    private void TakeAnswer(int number)
    {
        var client = _clients[number];
        if (client.Connection.Sending)
        {
            client.Connection.Flush();
            if (!client.Connection.Sending)
                _poller.WatchWriting(client.Connection.Descriptor, number, false);
        }

        bool complete;
        bool more;
        do
        {
            more = client.Connection.Receive();
            complete = client.Connection.Response.Advance();
        }
        while (more && !complete);
        if (!complete)
            return;

        var response = client.Connection.Response;
        var now = Clock.Micros;
        _outcome.Count(client.Request!, response.Status, response.Body.Count(Published), client.Due, now);
        response.Next();
        if (_rate == 0 && now < _end)
            Send(number, now);
        else
            _free.Push(number);
    }

    private long Due(long number) => _start + (long)(number * 1e6 / _rate);

    private long UntilNext() => Math.Min(_end, _free.Count > 0 && _rate > 0 ? Due(_sent) : _end) - Clock.Micros;
}
