namespace EventBus.Core.Parsing;

/// <summary>JSON Pointers (RFC 6901) to fields at fault.</summary>
public static class JsonPointer
{
    /// <summary>The pointer to a top-level field.</summary>
    public static string Of(string name) => "/" + Escape(name);

    /// <summary>The pointer to a field of a top-level object.</summary>
    public static string Of(string parent, string name) => "/" + Escape(parent) + "/" + Escape(name);

    private static string Escape(string name)
    {
        // A client's name may be a megabyte long: the pointer need not be. No character is cut in two.
        var text = name.Length <= 128 ? name : name[..(char.IsHighSurrogate(name[127]) ? 127 : 128)];
        return text.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
    }
}
