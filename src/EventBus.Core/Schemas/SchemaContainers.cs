using System.Collections.Frozen;
using System.Text.Json;

namespace EventBus.Core.Schemas;

/// <summary>The part of <see cref="SchemaCompatibility"/> that looks into objects and arrays.</summary>
internal static class SchemaContainers
{
    /// <summary>The keywords that are compared here.</summary>
    public static readonly FrozenSet<string> Keywords = FrozenSet.ToFrozenSet(
        ["properties", "patternProperties", "additionalProperties", "items", "prefixItems", "additionalItems"], StringComparer.Ordinal);

    /// <summary>Why the new schema may refuse an object or an array that the old one takes; null where it does not.</summary>
    /// <param name="old">The present schema.</param>
    /// <param name="new">The one that is to follow it.</param>
    /// <param name="at">Where they stand.</param>
    /// <param name="compare">Compares the schemas of members.</param>
    public static string? Compare(JsonElement old, JsonElement @new, string at, Func<JsonElement, JsonElement, string, string?> compare) =>
        CompareObjects(old, @new, at, compare) ?? CompareArrays(old, @new, at, compare);

    private static string? CompareObjects(JsonElement old, JsonElement @new, string at, Func<JsonElement, JsonElement, string, string?> compare)
    {
        if (!@new.TryGetProperty("properties", out _) && !@new.TryGetProperty("additionalProperties", out _) && !@new.TryGetProperty("patternProperties", out _))
            return null;
        if (!SchemaCompatibility.Same(old, @new, "patternProperties"))
            return $"{at}/patternProperties: it changed, and what it takes cannot be compared";
        var hasPatterns = @new.TryGetProperty("patternProperties", out _);
        var (oldOthers, newOthers) = (SchemaCompatibility.SchemaOr(old, "additionalProperties"), SchemaCompatibility.SchemaOr(@new, "additionalProperties"));
        var (before, after) = (Members(old), Members(@new));
        foreach (var (name, schema) in after)
        {
            // A name that was not listed was taken by the patterns or by what is said of all others; with patterns that cannot be told.
            var was = before.TryGetValue(name, out var listed) ? listed : hasPatterns ? JsonElement.Parse("true") : oldOthers;
            if (compare(was, schema, $"{at}/properties/{name}") is { } reason)
                return reason;
        }

        foreach (var (name, schema) in before)
        {
            if (!after.ContainsKey(name) && compare(schema, newOthers, $"{at}/properties/{name}") is { } reason)
                return reason;
        }

        return compare(oldOthers, newOthers, $"{at}/additionalProperties");
    }

    private static string? CompareArrays(JsonElement old, JsonElement @new, string at, Func<JsonElement, JsonElement, string, string?> compare)
    {
        if (!@new.TryGetProperty("items", out var items) && !@new.TryGetProperty("prefixItems", out _))
            return null;
        // An array of schemas, as drafts before 2020-12 have it, is a prefix.
        var hasLists = items.ValueKind == JsonValueKind.Array || SchemaCompatibility.SchemaOr(old, "items").ValueKind == JsonValueKind.Array;
        if (!SchemaCompatibility.Same(old, @new, "prefixItems") || (hasLists && !SchemaCompatibility.Same(old, @new, "items"))
            || (hasLists && !SchemaCompatibility.Same(old, @new, "additionalItems")))
            return $"{at}/items: its first items changed, and what they take cannot be compared";
        return hasLists ? null : compare(SchemaCompatibility.SchemaOr(old, "items"), SchemaCompatibility.SchemaOr(@new, "items"), $"{at}/items");
    }

    private static Dictionary<string, JsonElement> Members(JsonElement schema) => schema.TryGetProperty("properties", out var properties)
        ? properties.EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal)
        : [];
}
