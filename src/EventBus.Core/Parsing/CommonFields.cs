using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Events;

namespace EventBus.Core.Parsing;

/// <summary>The fields that generic and game events share.</summary>
internal static class CommonFields
{
    private static readonly long Earliest = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public static void Read(ref FieldReader reader, long now, ref EventAttributes attributes)
    {
        attributes.Key = reader.Text(FieldName.Key, EventParser.MaxKeyLength);
        ReadPriority(ref reader, ref attributes);
        ReadReplayable(ref reader, ref attributes);
        ReadTime(ref reader, now, ref attributes);
    }

    /// <summary>Whether a client's time can be believed: not before 2000, not more than a day ahead.</summary>
    public static string? CheckTime(long utcTicks, long now) =>
        utcTicks < Earliest ? "It is before the year 2000."
        : utcTicks > now + TimeSpan.TicksPerDay ? "It is more than a day ahead."
        : null;

    private static void ReadPriority(ref FieldReader reader, ref EventAttributes attributes)
    {
        if (reader.Fields[FieldName.Priority].IsAbsent)
            return;
        var word = reader.Text(FieldName.Priority, int.MaxValue);
        if (!reader.Failed && !PriorityNames.TryParse(word, out attributes.Priority))
            reader.Fail(ErrorCode.InvalidPriority, "It must be low, normal, high or critical.", FieldName.Priority);
    }

    private static void ReadReplayable(ref FieldReader reader, ref EventAttributes attributes)
    {
        var field = reader.Fields[FieldName.IsReplayable];
        if (field.IsAbsent)
            return;
        attributes.IsReplayable = field.Kind == JsonTokenType.True;
        if (field.Kind is not (JsonTokenType.True or JsonTokenType.False))
            reader.Fail(ErrorCode.InvalidType, "It must be true or false.", FieldName.IsReplayable);
    }

    private static void ReadTime(ref FieldReader reader, long now, ref EventAttributes attributes)
    {
        var text = reader.Text(FieldName.Timestamp, int.MaxValue);
        if (reader.Fields[FieldName.Timestamp].IsAbsent || reader.Failed)
            return;
        if (!EventTime.TryParse(text, out attributes.Time))
            reader.Fail(ErrorCode.InvalidTimestamp, "It must be an RFC 3339 time with an offset, such as 2024-01-10T10:30:00Z.", FieldName.Timestamp);
        else if (CheckTime(attributes.Time, now) is { } wrong)
            reader.Fail(ErrorCode.InvalidTimestamp, wrong, FieldName.Timestamp);
    }
}
