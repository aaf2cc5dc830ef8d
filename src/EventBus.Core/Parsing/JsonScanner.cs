using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace EventBus.Core.Parsing;

/// <summary>
/// A quick reader of the JSON (RFC 8259) that nearly every event is: it says yes only to what is certainly valid, and no to everything that
/// is wrong or rare, which <see cref="EventScanner"/> then looks at with the platform's reader. So it may be narrow, but never lenient; a
/// property test holds the two together. Strings are searched sixteen bytes at a time, where the platform's reader goes byte by byte from the
/// first escape on: a payload is mostly escapes.
/// </summary>
internal ref struct JsonScanner(ReadOnlySpan<byte> json)
{
    private const int MaxDepth = 64;

    private readonly ref byte _start = ref MemoryMarshal.GetReference(json);
    private readonly int _length = json.Length;
    private int _at;

    /// <summary>Whether the text is one object or array, whole and valid, of at most 64 levels.</summary>
    public static bool IsContainer(ReadOnlySpan<byte> text)
    {
        var scanner = new JsonScanner(text);
        scanner.SkipSpace();
        return scanner.Peek() is (byte)'{' or (byte)'[' && scanner.SkipContainer(1) && scanner.IsAtEnd();
    }

    /// <summary>Notes the fields of one event; false where the text is not one, or has what only the platform's reader should judge.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, ref EventFields fields)
    {
        var scanner = new JsonScanner(json);
        scanner.SkipSpace();
        return scanner.Take((byte)'{') && scanner.Members(ref fields) && scanner.IsAtEnd();
    }

    private bool Members(ref EventFields fields)
    {
        SkipSpace();
        if (Take((byte)'}'))
            return true;
        var seen = 0;
        while (true)
        {
            if (!Take((byte)'"'))
                return false;
            var nameStart = _at;
            if (!SkipString(out var escaped) || escaped)
                return false;
            var name = FieldNames.Of(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _start, nameStart), _at - 1 - nameStart));
            // Unknown names and duplicates are rare, and need remembering or an error.
            if (name == FieldName.Unknown || (seen & (1 << (int)name)) != 0)
                return false;
            seen |= 1 << (int)name;
            SkipSpace();
            if (!Take((byte)':'))
                return false;
            SkipSpace();
            if (!Value(ref fields[(int)name]))
                return false;
            SkipSpace();
            if (Take((byte)'}'))
                return true;
            if (!Take((byte)','))
                return false;
            SkipSpace();
        }
    }

    private bool Value(ref EventField field)
    {
        field.Start = _at;
        switch (Peek())
        {
            case (byte)'"':
                _at++;
                field.Start = _at;
                field.Kind = JsonTokenType.String;
                if (!SkipString(out field.Escaped))
                    return false;
                field.Length = _at - 1 - field.Start;
                return true;
            case (byte)'{':
                field.Kind = JsonTokenType.StartObject;
                break;
            case (byte)'[':
                field.Kind = JsonTokenType.StartArray;
                break;
            case (byte)'t':
                field.Kind = JsonTokenType.True;
                break;
            case (byte)'f':
                field.Kind = JsonTokenType.False;
                break;
            case (byte)'n':
                field.Kind = JsonTokenType.Null;
                break;
            default:
                field.Kind = JsonTokenType.Number;
                break;
        }

        // The root is the first level.
        var valid = field.Kind is JsonTokenType.StartObject or JsonTokenType.StartArray
            ? SkipContainer(2)
            : SkipScalar();
        field.Length = _at - field.Start;
        return valid;
    }

    /// <summary>Passes over an object or array whose own level is <paramref name="level"/>. Iterative: depth costs a bit, not a stack frame.</summary>
    private bool SkipContainer(int level)
    {
        // One bit for each open level: 1 is an object.
        var objects = 0UL;
        var depth = 0;
        while (true)
        {
            // At a value.
            var b = Peek();
            if (b is (byte)'{' or (byte)'[')
            {
                _at++;
                if (depth + level > MaxDepth)
                    return false;
                objects = (objects << 1) | (b == (byte)'{' ? 1UL : 0);
                depth++;
                SkipSpace();
                if (!Take(b == (byte)'{' ? (byte)'}' : (byte)']'))
                {
                    if (b == (byte)'{' && !SkipName())
                        return false;
                    continue;
                }

                objects >>= 1;
                depth--;
            }
            else if (b == (byte)'"' ? !SkipWholeString() : !SkipScalar())
            {
                return false;
            }

            // Behind a value: close what ends, or go on to the next.
            while (true)
            {
                if (depth == 0)
                    return true;
                SkipSpace();
                var inObject = (objects & 1) != 0;
                if (Take((byte)','))
                {
                    SkipSpace();
                    if (inObject && !SkipName())
                        return false;
                    break;
                }

                if (!Take(inObject ? (byte)'}' : (byte)']'))
                    return false;
                objects >>= 1;
                depth--;
            }
        }
    }

    /// <summary>A member's name and colon.</summary>
    private bool SkipName()
    {
        if (Peek() != (byte)'"' || !SkipWholeString())
            return false;
        SkipSpace();
        if (!Take((byte)':'))
            return false;
        SkipSpace();
        return true;
    }

    private bool SkipWholeString()
    {
        _at++;
        return SkipString(out _);
    }

    /// <summary>From behind the opening quote to behind the closing one.</summary>
    private bool SkipString(out bool escaped)
    {
        escaped = false;
        var at = _at;
        while (true)
        {
            at = IndexOfSpecial(at);
            if (at >= _length)
                return false;
            var b = Unsafe.Add(ref _start, at);
            if (b == (byte)'"')
            {
                _at = at + 1;
                return true;
            }

            // What is not a backslash here is a control character.
            if (b != (byte)'\\' || at + 1 >= _length)
                return false;
            escaped = true;
            var escape = Unsafe.Add(ref _start, at + 1);
            if (escape == (byte)'u')
            {
                if (at + 6 > _length || !IsHex4(at + 2))
                    return false;
                at += 6;
            }
            else if (escape is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t')
            {
                at += 2;
            }
            else
            {
                return false;
            }
        }
    }

    /// <summary>The next quote, backslash or control character from <paramref name="at"/> on, or the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int IndexOfSpecial(int at)
    {
        while (at + Vector128<byte>.Count <= _length)
        {
            var bytes = Vector128.LoadUnsafe(ref _start, (nuint)at);
            var special = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(bytes, Vector128.Create((byte)0x20));
            var bits = special.ExtractMostSignificantBits();
            if (bits != 0)
                return at + BitOperations.TrailingZeroCount(bits);
            at += Vector128<byte>.Count;
        }

        while (at < _length && Unsafe.Add(ref _start, at) is not ((byte)'"' or (byte)'\\' or < 0x20))
            at++;
        return at;
    }

    private readonly bool IsHex4(int at)
    {
        for (var i = at; i < at + 4; i++)
        {
            if (!char.IsAsciiHexDigit((char)Unsafe.Add(ref _start, i)))
                return false;
        }

        return true;
    }

    private bool SkipScalar() => Peek() switch
    {
        (byte)'t' => TakeWord("true"u8),
        (byte)'f' => TakeWord("false"u8),
        (byte)'n' => TakeWord("null"u8),
        _ => SkipNumber(),
    };

    private bool TakeWord(ReadOnlySpan<byte> word)
    {
        if (_length - _at < word.Length || !MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _start, _at), word.Length).SequenceEqual(word))
            return false;
        _at += word.Length;
        return true;
    }

    private bool SkipNumber()
    {
        Take((byte)'-');
        // No digit may follow a leading zero.
        if (!Take((byte)'0') && !SkipDigits())
            return false;
        if (Take((byte)'.') && !SkipDigits())
            return false;
        if (Peek() is not ((byte)'e' or (byte)'E'))
            return true;
        _at++;
        if (Peek() is (byte)'+' or (byte)'-')
            _at++;
        return SkipDigits();
    }

    private bool SkipDigits()
    {
        var from = _at;
        while (Peek() is >= (byte)'0' and <= (byte)'9')
            _at++;
        return _at > from;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipSpace()
    {
        while (Peek() is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            _at++;
    }

    private bool IsAtEnd()
    {
        SkipSpace();
        return _at == _length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Take(byte expected)
    {
        if (Peek() != expected)
            return false;
        _at++;
        return true;
    }

    /// <summary>The byte at hand; 0, which no JSON text has outside strings, at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte Peek() => _at < _length ? Unsafe.Add(ref _start, _at) : (byte)0;
}
