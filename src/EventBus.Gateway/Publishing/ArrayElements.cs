using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>Finds the elements of a JSON array.</summary>
internal static class ArrayElements
{
    /// <summary>
    /// Notes where each element stands, having checked the whole text as JSON. Refused where it is no array, or has more than
    /// <paramref name="limit"/> elements.
    /// </summary>
    public static Refusal Read(ReadOnlySpan<byte> json, List<Range> elements, int limit)
    {
        try
        {
            // An element may be 64 deep itself, and one level is the array's.
            var reader = new Utf8JsonReader(json, isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = 65 }));
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
                return new Refusal(ErrorCode.InvalidType, "The body must be a JSON array of events.", string.Empty);
            var tooMany = false;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (elements.Count < limit)
                    elements.Add(start..(int)reader.BytesConsumed);
                else
                    tooMany = true;
            }

            reader.Read();
            return tooMany ? new Refusal(ErrorCode.BatchTooLarge, $"A batch may have at most {limit} events.") : default;
        }
        catch (JsonException e)
        {
            return new Refusal(ErrorCode.InvalidJson, $"Line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: not valid JSON, or deeper than 64.");
        }
    }
}
