using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Core.Schemas;

namespace EventBus.Gateway.Topics;

/// <summary>Reads the bodies of <c>POST</c> and <c>PATCH</c>. A misspelt setting is refused, since dropping it silently would be worse.</summary>
internal sealed class TopicRequestReader(EventNames names)
{
    /// <summary>The most bytes of a body: a schema of the largest size, written with escapes.</summary>
    public const int MaxBytes = 128 * 1024;

    private static readonly FrozenSet<string> Fields = FrozenSet.ToFrozenSet(
        [
            "name", "description", "category", "owner_service", "partitions", "replication_factor", "retention_hours", "is_system_topic",
            "enable_dlq", "requires_auth", "schema",
        ],
        StringComparer.Ordinal);

    private const int MaxDescription = 4096;
    private const int MaxOwner = 100;
    private const int MaxCategory = 20;

    /// <summary>Ten years, in hours.</summary>
    private const int MaxRetention = 87_600;

    /// <summary>Kafka's own type for it.</summary>
    private const int MaxReplicas = short.MaxValue;

    /// <summary>Reads the body of <c>POST /topics</c>.</summary>
    public Refusal ReadCreation(in ReadOnlySequence<byte> body, out TopicFields fields) => Read(body, isChange: false, out fields);

    /// <summary>Reads the body of <c>PATCH /topics/{topicName}</c>.</summary>
    public Refusal ReadChange(in ReadOnlySequence<byte> body, out TopicFields fields) => Read(body, isChange: true, out fields);

    private Refusal Read(in ReadOnlySequence<byte> body, bool isChange, out TopicFields fields)
    {
        fields = new TopicFields();
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement, isChange, fields);
        }
        catch (JsonException e)
        {
            return new Refusal(ErrorCode.InvalidJson, e.Message);
        }
        catch (InvalidOperationException)
        {
            // The platform's word for text that is not UTF-8 and for half of a surrogate pair.
            return new Refusal(ErrorCode.InvalidString, "It has a string that is not valid Unicode text.");
        }
    }

    private Refusal Read(JsonElement root, bool isChange, TopicFields fields)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return new Refusal(ErrorCode.InvalidType, "The body must be an object.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            var refusal = seen.Add(property.Name)
                ? ReadField(property.Name, property.Value, isChange, fields)
                : Refuse(ErrorCode.DuplicateField, "It is given twice.", property.Name);
            if (refusal.IsRefused)
                return refusal;
        }

        if (isChange || fields.Name is not null)
            return default;
        return Refuse(ErrorCode.MissingField, "It is required.", "name");
    }

    private Refusal ReadField(string name, JsonElement value, bool isChange, TopicFields fields)
    {
        if (isChange && name is ("name" or "replication_factor" or "is_system_topic" or "requires_auth"))
            return Refuse(ErrorCode.UnknownField, "It cannot be changed.", name);
        if (value.ValueKind == JsonValueKind.Null && Fields.Contains(name))
            return ReadNull(name, isChange, fields);
        return name switch
        {
            "name" => ReadName(value, fields),
            "description" => ReadText(name, value, MaxDescription, text => fields.Description = text),
            "category" => ReadText(name, value, MaxCategory, text => fields.Category = text),
            "owner_service" => ReadText(name, value, MaxOwner, text => fields.OwnerService = text),
            "partitions" => ReadNumber(name, value, int.MaxValue, number => fields.Partitions = number),
            "replication_factor" => ReadNumber(name, value, MaxReplicas, number => fields.ReplicationFactor = number),
            "retention_hours" => ReadNumber(name, value, MaxRetention, number => fields.RetentionHours = number),
            "is_system_topic" => ReadFlag(name, value, flag => fields.IsSystemTopic = flag),
            "enable_dlq" => ReadFlag(name, value, flag => fields.EnableDlq = flag),
            "requires_auth" => ReadRequiresAuth(name, value),
            "schema" => ReadSchema(value, fields),
            _ => Refuse(ErrorCode.UnknownField, "There is no such field.", name),
        };
    }

    private static Refusal ReadNull(string name, bool isChange, TopicFields fields)
    {
        if (!isChange)
            return default;
        if (name is not ("description" or "owner_service" or "schema"))
            return Refuse(ErrorCode.InvalidType, "It cannot be null.", name);
        fields.Removes.Add(name);
        return default;
    }

    private Refusal ReadName(JsonElement value, TopicFields fields)
    {
        if (value.ValueKind != JsonValueKind.String)
            return Refuse(ErrorCode.InvalidType, "It must be a string.", "name");
        var name = value.GetString()!;
        if (name.Length == 0)
            return Refuse(ErrorCode.MissingField, "It is required.", "name");
        if (names.CheckTopic(Encoding.UTF8.GetBytes(name)) is { } error)
            return Refuse(ErrorCode.InvalidTopic, char.ToUpperInvariant(error[0]) + error[1..] + ".", "name");
        fields.Name = name;
        return default;
    }

    private static Refusal ReadText(string name, JsonElement value, int most, Action<string> take)
    {
        if (value.ValueKind != JsonValueKind.String)
            return Refuse(ErrorCode.InvalidType, "It must be a string.", name);
        var text = value.GetString()!;
        if (text.Contains('\0', StringComparison.Ordinal))
            return Refuse(ErrorCode.InvalidString, "It has U+0000.", name);
        if (text.EnumerateRunes().Count() > most)
            return Refuse(ErrorCode.TooLong, $"It may have at most {most} characters.", name);
        if (name == "category" && text.Length == 0)
            return Refuse(ErrorCode.MissingField, "It may not be empty.", name);
        take(text);
        return default;
    }

    /// <summary>A number outside of its range is what Kafka would refuse; most never reach it, since the client library checks them too.</summary>
    private static Refusal ReadNumber(string name, JsonElement value, int most, Action<int> take)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
            return Refuse(ErrorCode.InvalidType, "It must be a whole number.", name);
        if (number < 1 || number > most)
            return Refuse(ErrorCode.TopicRefused, $"It must be from 1 to {most}.", name);
        take((int)number);
        return default;
    }

    private static Refusal ReadFlag(string name, JsonElement value, Action<bool> take)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return Refuse(ErrorCode.InvalidType, "It must be true or false.", name);
        take(value.GetBoolean());
        return default;
    }

    private static Refusal ReadRequiresAuth(string name, JsonElement value)
    {
        var isRequired = false;
        var refusal = ReadFlag(name, value, flag => isRequired = flag);
        return !isRequired
            ? refusal
            : Refuse(ErrorCode.NotSupported, "Topics that require authentication are not supported yet.", name);
    }

    private static Refusal ReadSchema(JsonElement value, TopicFields fields)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.String))
            return Refuse(ErrorCode.InvalidType, "It must be an object, or a string with one inside.", "schema");
        var text = value.ValueKind == JsonValueKind.Object ? value.GetRawText() : value.GetString()!;
        if (text.Length > SchemaBounds.MaxLength)
            return Refuse(ErrorCode.TooLong, $"It may have at most {SchemaBounds.MaxLength} characters.", "schema");
        fields.Schema = TopicSchema.TryCompile(text, out var error);
        return fields.Schema is null ? Refuse(ErrorCode.InvalidSchema, $"It cannot be used: {error}.", "schema") : default;
    }

    private static Refusal Refuse(ErrorCode error, string detail, string field) => new(error, detail, JsonPointer.Of(field));
}
