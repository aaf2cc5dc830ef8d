using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace EventBus.Core.Storing;

/// <summary>
/// Writes the headers that have no column as a JSON object of strings. A value that is not UTF-8 becomes a data URL (RFC 2397,
/// <c>data:;base64,…</c>), which says what it is and can be turned back. Used by one thread.
/// </summary>
internal sealed class HeaderText : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private bool _began;

    public HeaderText() => _json = new Utf8JsonWriter(_buffer, Options);

    /// <summary>Begins an object; without any member it comes to nothing.</summary>
    public void Begin()
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _began = false;
    }

    /// <summary>Adds a member. The name is valid UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!_began)
            _json.WriteStartObject();
        _began = true;
        if (Utf8.IsValid(value))
        {
            _json.WriteString(name, value);
            return;
        }

        var prefix = "data:;base64,"u8;
        var text = new byte[prefix.Length + Base64.GetMaxEncodedToUtf8Length(value.Length)];
        prefix.CopyTo(text);
        Base64.EncodeToUtf8(value, text.AsSpan(prefix.Length), out _, out _);
        _json.WriteString(name, text);
    }

    /// <summary>The object's text in a batch's memory; empty for none.</summary>
    public ReadOnlyMemory<byte> End(RecordMemory memory)
    {
        if (!_began)
            return default;
        _json.WriteEndObject();
        _json.Flush();
        return memory.Copy(_buffer.WrittenSpan);
    }

    public void Dispose() => _json.Dispose();
}
