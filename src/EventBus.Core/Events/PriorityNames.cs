namespace EventBus.Core.Events;

/// <summary>The words of <see cref="EventPriority"/> on the wire.</summary>
public static class PriorityNames
{
    /// <summary>The word of a priority.</summary>
    public static ReadOnlySpan<byte> Of(EventPriority priority) => priority switch
    {
        EventPriority.Low => "low"u8,
        EventPriority.High => "high"u8,
        EventPriority.Critical => "critical"u8,
        _ => "normal"u8,
    };

    /// <summary>The priority of a word; false where it is none. Case matters, as everywhere in the contract.</summary>
    public static bool TryParse(ReadOnlySpan<byte> word, out EventPriority priority)
    {
        for (priority = EventPriority.Low; priority <= EventPriority.Critical; priority++)
        {
            if (word.SequenceEqual(Of(priority)))
                return true;
        }

        return false;
    }
}
