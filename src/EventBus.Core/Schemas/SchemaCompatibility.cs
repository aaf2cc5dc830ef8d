using System.Collections.Frozen;
using System.Text.Json;

namespace EventBus.Core.Schemas;

/// <summary>
/// Whether one schema takes all that another one takes, so that it may follow it: publishers that were right yesterday stay right. The check
/// compares the schemas keyword by keyword and says no where it cannot tell, which a different way of writing the same may be.
/// </summary>
public static class SchemaCompatibility
{
    /// <summary>Say something about a schema, and nothing about a payload.</summary>
    private static readonly FrozenSet<string> Annotations = FrozenSet.ToFrozenSet(
        [
            "$id", "$comment", "$anchor", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
            "contentMediaType", "contentEncoding", "contentSchema", "format", "$defs", "definitions",
        ],
        StringComparer.Ordinal);

    /// <summary>Keywords that mean something together only: each group is kept as it is, or dropped whole.</summary>
    private static readonly string[][] Groups =
    [
        ["if", "then", "else"], ["contains", "minContains", "maxContains"], ["allOf"], ["anyOf"], ["oneOf"], ["not"], ["$ref"], ["pattern"],
        ["propertyNames"], ["dependentRequired"], ["dependentSchemas"], ["dependencies"],
    ];

    private static readonly FrozenSet<string> Grouped = Groups.SelectMany(g => g).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, bool> Bounds = new Dictionary<string, bool>
    {
        ["maximum"] = true, ["exclusiveMaximum"] = true, ["maxLength"] = true, ["maxItems"] = true, ["maxProperties"] = true,
        ["minimum"] = false, ["exclusiveMinimum"] = false, ["minLength"] = false, ["minItems"] = false, ["minProperties"] = false,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly JsonElement Anything = JsonElement.Parse("true");

    /// <summary>Why <paramref name="next"/> may refuse what <paramref name="present"/> takes; null where it does not.</summary>
    /// <param name="present">The present schema's JSON text.</param>
    /// <param name="next">The schema that is to follow it.</param>
    public static string? FindBreak(string present, string next)
    {
        try
        {
            return Compare(present, next);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException or DivideByZeroException)
        {
            // A name that comes twice, a keyword of another draft with a value that this one knows otherwise, a number that is too small.
            return "#: the two cannot be compared";
        }
    }

    private static string? Compare(string present, string next)
    {
        var (old, @new) = (JsonElement.Parse(present), JsonElement.Parse(next));
        if (JsonElement.DeepEquals(old, @new))
            return null;
        if (!SameOrAbsent(old, @new, "$schema"))
            return "#: another $schema";
        // A reference means what it leads to, so that must be the same.
        if (Mentions(@new, "$ref") && !(Same(old, @new, "$defs") && Same(old, @new, "definitions") && RefersToDefinitionsOnly(@new)))
            return "#: it has references, and what they lead to is not the same";
        return Compare(old, @new, "#");
    }

    private static string? Compare(JsonElement old, JsonElement @new, string at)
    {
        if (JsonElement.DeepEquals(old, @new) || @new.ValueKind == JsonValueKind.True || old.ValueKind == JsonValueKind.False)
            return null;
        if (@new.ValueKind != JsonValueKind.Object)
            return $"{at}: it takes nothing any more";
        if (old.ValueKind != JsonValueKind.Object)
            old = JsonElement.Parse("{}");
        foreach (var keyword in @new.EnumerateObject())
        {
            if (CompareKeyword(old, @new, keyword, at) is { } reason)
                return reason;
        }

        return CompareGroups(old, @new, at) ?? SchemaContainers.Compare(old, @new, at, Compare);
    }

    private static string? CompareKeyword(JsonElement old, JsonElement @new, JsonProperty keyword, string at)
    {
        var name = keyword.Name;
        if (Annotations.Contains(name) || Grouped.Contains(name) || SchemaContainers.Keywords.Contains(name))
            return null;
        JsonElement? before = old.TryGetProperty(name, out var found) ? found : null;
        if (before is { } same && JsonElement.DeepEquals(same, keyword.Value))
            return null;
        var isWider = name switch
        {
            "type" => before is { } types && Types(types).All(t => Types(keyword.Value).Any(n => n == t || (n == "number" && t == "integer"))),
            "enum" => Values(old) is { } values && values.All(v => keyword.Value.EnumerateArray().Any(n => JsonElement.DeepEquals(n, v))),
            "const" => Values(old) is [var only] && JsonElement.DeepEquals(only, keyword.Value),
            "required" => before is { } names && keyword.Value.EnumerateArray().All(n => names.EnumerateArray().Any(o => JsonElement.DeepEquals(o, n))),
            "uniqueItems" => keyword.Value.ValueKind == JsonValueKind.False,
            "multipleOf" => before is { } step && step.TryGetDecimal(out var o) && keyword.Value.TryGetDecimal(out var n) && o % n == 0,
            _ when Bounds.TryGetValue(name, out var isUpper) => before is { ValueKind: JsonValueKind.Number } bound
                && (isUpper ? keyword.Value.GetDouble() >= bound.GetDouble() : keyword.Value.GetDouble() <= bound.GetDouble()),
            _ => !IsKnown(name),
        };
        return isWider ? null : $"{at}/{name}: it may take less than before";
    }

    private static string? CompareGroups(JsonElement old, JsonElement @new, string at)
    {
        foreach (var group in Groups)
        {
            if (@new.TryGetProperty(group[0], out _) && !group.All(name => Same(old, @new, name)))
                return $"{at}/{group[0]}: it is new or changed, and what it takes cannot be compared";
        }

        return null;
    }

    /// <summary>What else asserts something; other words are annotations to a validator.</summary>
    private static bool IsKnown(string name) =>
        name is "unevaluatedProperties" or "unevaluatedItems" or "$schema" or "$dynamicRef" or "$recursiveRef" or "$vocabulary";

    internal static bool Same(JsonElement old, JsonElement @new, string name) =>
        old.TryGetProperty(name, out var before)
            ? @new.TryGetProperty(name, out var after) && JsonElement.DeepEquals(before, after)
            : !@new.TryGetProperty(name, out _);

    private static bool SameOrAbsent(JsonElement old, JsonElement @new, string name) =>
        Same(old, @new, name) || !(old.TryGetProperty(name, out _) && @new.TryGetProperty(name, out _));

    internal static JsonElement SchemaOr(JsonElement schema, string name) => schema.TryGetProperty(name, out var found) ? found : Anything;

    private static IEnumerable<string?> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()) : [type.GetString()];

    private static List<JsonElement>? Values(JsonElement schema) =>
        schema.TryGetProperty("const", out var only) ? [only] : schema.TryGetProperty("enum", out var all) ? [.. all.EnumerateArray()] : null;

    private static bool Mentions(JsonElement node, string name) => node.ValueKind switch
    {
        JsonValueKind.Object => node.EnumerateObject().Any(p => p.Name == name || Mentions(p.Value, name)),
        JsonValueKind.Array => node.EnumerateArray().Any(item => Mentions(item, name)),
        _ => false,
    };

    private static bool RefersToDefinitionsOnly(JsonElement node) => node.ValueKind switch
    {
        JsonValueKind.Object => node.EnumerateObject().All(p => p.Name == "$ref" && p.Value.ValueKind == JsonValueKind.String
            ? p.Value.GetString()!.StartsWith("#/$defs/", StringComparison.Ordinal) || p.Value.GetString()!.StartsWith("#/definitions/", StringComparison.Ordinal)
            : RefersToDefinitionsOnly(p.Value)),
        JsonValueKind.Array => node.EnumerateArray().All(RefersToDefinitionsOnly),
        _ => true,
    };
}
