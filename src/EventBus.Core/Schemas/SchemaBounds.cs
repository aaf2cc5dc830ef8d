using System.Text.Json;

namespace EventBus.Core.Schemas;

/// <summary>
/// What a schema may cost. Evaluating one visits each of its nodes for each node of a payload, and those behind a <c>$ref</c> as often as it
/// is referred to: a few lines that refer to each other can cost more than any machine has, or never end. So references stay within the
/// schema, never come back to where they are, and the whole with all of them written out is bounded. Patterns are not taken at all: the
/// validator runs them without a time limit, and a short one can keep a core busy for years.
/// </summary>
public static class SchemaBounds
{
    /// <summary>Characters of a schema's JSON text.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Objects, arrays and values, with every reference written out.</summary>
    public const int MaxNodes = 4_000;

    /// <summary>Levels, with every reference written out.</summary>
    public const int MaxDepth = 64;

    /// <summary>What is wrong with a schema, or null.</summary>
    public static string? Check(JsonElement root) => root.ValueKind == JsonValueKind.Object
        ? new Walk(root).Visit(root, 0)
        : "it must be an object";

    private sealed class Walk(JsonElement root)
    {
        private readonly HashSet<string> _open = new(StringComparer.Ordinal);
        private int _nodes;

        public string? Visit(JsonElement node, int depth)
        {
            if (++_nodes > MaxNodes)
                return $"it is too complex: with its references written out it has more than {MaxNodes} nodes";
            if (depth > MaxDepth)
                return $"it is too complex: with its references written out it is deeper than {MaxDepth} levels";
            return node.ValueKind switch
            {
                JsonValueKind.Object => VisitObject(node, depth),
                JsonValueKind.Array => First(node.EnumerateArray().Select(item => Visit(item, depth + 1))),
                _ => null,
            };
        }

        private string? VisitObject(JsonElement node, int depth) => First(node.EnumerateObject().Select(property => property.Name switch
        {
            "$dynamicRef" or "$recursiveRef" => $"{property.Name} is not taken",
            "pattern" when property.Value.ValueKind == JsonValueKind.String => "pattern is not taken, since its cost cannot be bounded",
            "patternProperties" => "patternProperties is not taken, since its cost cannot be bounded",
            // What a reference below it means would be counted from there.
            "$id" when depth > 0 && property.Value.ValueKind == JsonValueKind.String => "$id is not taken below the root",
            "$ref" when property.Value.ValueKind == JsonValueKind.String => Follow(property.Value.GetString()!, depth),
            _ => Visit(property.Value, depth + 1),
        }));

        private string? Follow(string reference, int depth)
        {
            if (!reference.StartsWith("#/", StringComparison.Ordinal))
                return $"$ref '{reference}' is not taken: a reference must be a JSON Pointer within the schema, such as #/$defs/name";
            if (!TryFind(reference, out var target))
                return $"$ref '{reference}' leads nowhere";
            if (!_open.Add(reference))
                return $"$ref '{reference}' comes back to itself";
            var error = Visit(target, depth + 1);
            _open.Remove(reference);
            return error;
        }

        private bool TryFind(string reference, out JsonElement target)
        {
            target = root;
            foreach (var segment in reference[2..].Split('/'))
            {
                var name = Uri.UnescapeDataString(segment).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
                var isFound = target.ValueKind switch
                {
                    JsonValueKind.Object => target.TryGetProperty(name, out target),
                    JsonValueKind.Array when int.TryParse(name, out var index) && (uint)index < (uint)target.GetArrayLength() =>
                        (target = target[index]).ValueKind != JsonValueKind.Undefined,
                    _ => false,
                };
                if (!isFound)
                    return false;
            }

            return true;
        }

        private static string? First(IEnumerable<string?> errors) => errors.FirstOrDefault(e => e is not null);
    }
}
