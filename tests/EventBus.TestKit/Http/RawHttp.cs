using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EventBus.TestKit.Http;

/// <summary>
/// An HTTP/1.1 client of bytes: it sends what it is given, malformed or not, in as many pieces as wanted, and reads the responses off the
/// same connection.
/// </summary>
public sealed class RawHttp : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    private RawHttp(int port)
    {
        _client.Connect("127.0.0.1", port);
        _stream = _client.GetStream();
    }

    /// <summary>Connects to a port of 127.0.0.1.</summary>
    public static RawHttp Connect(int port) => new(port);

    /// <summary>A well-formed request with a <c>Content-Length</c>.</summary>
    public static byte[] Request(string method, string target, string? contentType, ReadOnlySpan<byte> body, params string[] headers)
    {
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: localhost\r\n");
        if (contentType is not null)
            head.Append("Content-Type: ").Append(contentType).Append("\r\n");
        foreach (var header in headers)
            head.Append(header).Append("\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
    }

    /// <summary>One chunk of a chunked body; an empty one ends it.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> data) =>
        [.. Encoding.ASCII.GetBytes($"{data.Length:x}\r\n"), .. data, .. "\r\n"u8];

    /// <summary>Sends bytes.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).AsTask();

    /// <summary>Sends text, one byte a character (Latin-1).</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Says that nothing more will be sent (FIN), and goes on reading.</summary>
    public void FinishSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection abruptly (RST).</summary>
    public void Reset()
    {
        _client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Close();
    }

    /// <summary>Reads the head of the next response and leaves its body to <see cref="ReadChunkAsync"/>.</summary>
    /// <param name="orInterim">Whether a 100 counts too, which is skipped otherwise.</param>
    public async Task<RawResponse> ReadHeadAsync(bool orInterim = false)
    {
        while (true)
        {
            var status = (await ReadLineAsync()).Split(' ');
            var headers = new Dictionary<string, string>();
            for (var line = await ReadLineAsync(); line.Length > 0; line = await ReadLineAsync())
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                var name = line[..colon].ToLowerInvariant();
                var value = line[(colon + 1)..].Trim();
                headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
            }

            var code = int.Parse(status[1], CultureInfo.InvariantCulture);
            if (code >= 200 || orInterim)
                return new RawResponse(code, headers, []);
        }
    }

    /// <summary>Reads the next response whole: by its length, its chunks, or until the connection ends.</summary>
    public async Task<RawResponse> ReadAsync(bool isHead = false)
    {
        var head = await ReadHeadAsync();
        if (isHead || head.Status is 204 or 304)
            return head;
        var body = new MemoryStream();
        if (head.Headers.TryGetValue("content-length", out var length))
            body.Write(await ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture)));
        else if (head.Headers.TryGetValue("transfer-encoding", out var encoding) && encoding == "chunked")
            for (var chunk = await ReadChunkAsync(); chunk.Length > 0; chunk = await ReadChunkAsync())
                body.Write(chunk);
        else
            while (await FillAsync())
                body.Write(TakeAll());
        return head with { Body = body.ToArray() };
    }

    /// <summary>Reads one chunk of a chunked body; empty at its end.</summary>
    public async Task<byte[]> ReadChunkAsync()
    {
        var size = int.Parse((await ReadLineAsync()).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var data = await ReadExactlyAsync(size);
        await ReadLineAsync();
        return data;
    }

    /// <summary>Whether the server ends the connection (FIN or RST) within the time, without sending anything more.</summary>
    public async Task<bool> IsClosedByServerAsync(TimeSpan within)
    {
        if (_end > _start)
            return false;
        using var deadline = new CancellationTokenSource(within);
        try
        {
            return await _stream.ReadAsync(_buffer, deadline.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, end);
                _start += end + 2;
                return line;
            }

            if (!await FillAsync())
                throw new EndOfStreamException("The server ended the connection in the middle of a response.");
        }
    }

    private async Task<byte[]> ReadExactlyAsync(int count)
    {
        var data = new byte[count];
        var done = 0;
        while (done < count)
        {
            if (_start == _end && !await FillAsync())
                throw new EndOfStreamException($"The server ended the connection after {done} of {count} bytes of a body.");
            var take = Math.Min(count - done, _end - _start);
            Array.Copy(_buffer, _start, data, done, take);
            _start += take;
            done += take;
        }

        return data;
    }

    private byte[] TakeAll()
    {
        var data = _buffer[_start.._end];
        _start = _end;
        return data;
    }

    private async Task<bool> FillAsync()
    {
        Array.Copy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        using var deadline = new CancellationTokenSource(Patience);
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), deadline.Token);
        _end += read;
        return read > 0;
    }
}
