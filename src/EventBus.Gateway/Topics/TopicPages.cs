using System.Buffers.Text;
using System.Globalization;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Gateway.Topics;

/// <summary>
/// Which page of <c>GET /topics</c> is asked for. Pages go by name, so that topics that come and go meanwhile make none be missed or told
/// twice; a cursor holds the last name.
/// </summary>
/// <param name="After">The last name of the page before; empty for the first one.</param>
/// <param name="Limit">The most topics of a page.</param>
/// <param name="Status">The status that they have.</param>
/// <param name="Category">The category that they have; null for any.</param>
internal sealed record TopicPages(string After, int Limit, string Status, string? Category)
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 1000;

    private const int DefaultLimit = 100;

    /// <summary>What a cursor begins with: the order that it is of, so that another list's is told.</summary>
    private const string Mark = "t:";

    /// <summary>Reads the query.</summary>
    public static TopicPages? Read(IQueryCollection query, out Refusal refusal)
    {
        refusal = default;
        var limit = DefaultLimit;
        if (query["limit"] is [var limitText, ..]
            && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            refusal = new Refusal(ErrorCode.InvalidParameter, $"limit takes a number from 1 to {MaxLimit}.");
        }

        var status = query["status"] is [{ Length: > 0 } given, ..] ? given : RegisteredTopic.Active;
        if (status is not (RegisteredTopic.Active or RegisteredTopic.Creating or RegisteredTopic.Deleting))
            refusal = new Refusal(ErrorCode.InvalidParameter, "status takes active, creating or deleting.");
        var after = "";
        if (query["cursor"] is [var cursor, ..] && (after = Decode(cursor ?? "")) is null)
            refusal = new Refusal(ErrorCode.InvalidCursor, "The cursor is not one of GET /topics; begin without one.");
        string? category = query["category"];
        if (category?.Contains('\0', StringComparison.Ordinal) == true)
            refusal = new Refusal(ErrorCode.InvalidParameter, "category has U+0000.");
        return refusal.IsRefused ? null : new TopicPages(after!, limit, status, category);
    }

    /// <summary>The <c>Link</c> to the page after the one that ends with <paramref name="last"/> (RFC 8288).</summary>
    public string LinkAfter(string last)
    {
        var link = new StringBuilder($"</topics?limit={Limit}&cursor={Encode(last)}");
        if (Status != RegisteredTopic.Active)
            link.Append("&status=").Append(Status);
        if (Category is not null)
            link.Append("&category=").Append(Uri.EscapeDataString(Category));
        return link.Append(">; rel=\"next\"").ToString();
    }

    internal static string Encode(string name) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Mark + name));

    internal static string? Decode(string cursor)
    {
        if (cursor.Length is 0 or > 1024 || !Base64Url.IsValid(cursor))
            return null;
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return text.StartsWith(Mark, StringComparison.Ordinal) && !text.Contains('\0', StringComparison.Ordinal) && Encode(text[Mark.Length..]) == cursor
            ? text[Mark.Length..]
            : null;
    }
}
