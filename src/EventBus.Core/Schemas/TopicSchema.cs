using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using Json.Schema;

namespace EventBus.Core.Schemas;

/// <summary>A topic's JSON Schema, compiled: what its payloads are held to when they are published.</summary>
/// <remarks>Drafts 6, 7, 2019-09 and 2020-12 (the default). <c>format</c> is an annotation, as the specification has it.</remarks>
public sealed class TopicSchema
{
    private const int MaxPointer = 256;

    private static readonly Uri Base = new("urn:event-bus:schema");
    private static readonly EvaluationOptions Verdict = new() { OutputFormat = OutputFormat.Flag };
    private static readonly EvaluationOptions Reasons = new() { OutputFormat = OutputFormat.List };

    private readonly JsonSchema _schema;

    private TopicSchema(string text, JsonSchema schema)
    {
        Text = text;
        _schema = schema;
    }

    /// <summary>The schema as JSON text.</summary>
    public string Text { get; }

    /// <summary>Compiles a schema. Null where it cannot be used, with the reason in <paramref name="error"/>.</summary>
    public static TopicSchema? TryCompile(string text, out string? error)
    {
        try
        {
            var root = JsonElement.Parse(text);
            error = SchemaBounds.Check(root);
            if (error is not null)
                return null;
            // A registry of its own: the global one would keep every schema with an $id, and refuse the second of the same.
            var options = new BuildOptions { SchemaRegistry = new SchemaRegistry(), Dialect = Dialect.Draft202012 };
            return new TopicSchema(text, JsonSchema.Build(root, options, Base));
        }
        catch (Exception e) when (e is JsonException or JsonSchemaException or RefResolutionException or ArgumentException or InvalidOperationException or FormatException)
        {
            // The library's other complaints are about its own state; these are about the text.
            error = e.Message;
            return null;
        }
    }

    /// <summary>Holds a record's value to the schema.</summary>
    /// <param name="value">The value.</param>
    /// <param name="root">The JSON Pointer of the value within the request: what the failing path is told in.</param>
    public Refusal Check(ReadOnlySpan<byte> value, string root)
    {
        try
        {
            var json = JsonElement.Parse(value);
            return _schema.Evaluate(json, Verdict).IsValid ? default : Explain(json, root);
        }
        catch (JsonException)
        {
            return Mismatch("The topic has a schema, so its payloads must be JSON.", root);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or DivideByZeroException)
        {
            // JSON by its grammar, with a value that cannot be compared: a lone surrogate in a string, a number beyond what can be held.
            return Mismatch("The payload has a text or a number that cannot be compared with the topic's schema.", root);
        }
    }

    /// <summary>Finds where it fails: a second evaluation, since a list of errors costs more than a verdict.</summary>
    private Refusal Explain(JsonElement json, string root)
    {
        var results = _schema.Evaluate(json, Reasons);
        var (deepest, reason) = ("", "It does not fit the topic's schema.");
        foreach (var result in (results.Details ?? []).Prepend(results))
        {
            var at = result.InstanceLocation.ToString();
            if (result.IsValid || result.Errors is not { Count: > 0 } errors || (at.Length <= deepest.Length && deepest.Length > 0))
                continue;
            (deepest, reason) = (at, errors.First() is { Key.Length: > 0 } error ? $"{error.Key}: {error.Value}." : "The schema has no such field.");
        }

        return Mismatch(reason.Length <= 512 ? reason : reason[..512], Shorten(root + deepest));
    }

    /// <summary>Names within a payload are its client's and may be long: the pointer ends at the last whole one that fits.</summary>
    private static string Shorten(string pointer) => pointer.Length <= MaxPointer ? pointer : pointer[..pointer.LastIndexOf('/', MaxPointer)];

    private static Refusal Mismatch(string detail, string field) => new(ErrorCode.SchemaMismatch, detail, field.Length == 0 ? null : field);
}
