using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventBus.Hosting.Settings;

/// <summary>The formats that belong to one variable.</summary>
internal static class SpecialFormats
{
    private const int MaxTopicLength = 249;

    /// <summary>What a worker can do.</summary>
    public static IReadOnlyList<string> WorkerRoleNames { get; } = ["storing", "routing", "delivery", "dead_letters", "replay"];

    /// <summary><c>KAFKA_BROKERS</c>.</summary>
    public static Format<string> Brokers { get; } = Format.Text(
        "host:port,host:port or embedded",
        text => text == "embedded" || Array.TrueForAll(text.Split(',', StringSplitOptions.TrimEntries), IsHostAndPort));

    /// <summary><c>KAFKA_PRODUCER_*</c> and <c>KAFKA_CONSUMER_*</c>.</summary>
    public static Format<string> LibrdkafkaProperty { get; } = Format.Text("what librdkafka's property takes");

    /// <summary><c>EVENT_BUS_DOMAINS</c>: first segments of event types.</summary>
    public static Format<IReadOnlyList<string>> Domains { get; } = Format.List(
        "different domains of a-z, 0-9 and _, as game,system",
        domain => domain.Length is > 0 and <= 50 && domain.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'));

    /// <summary><c>EVENT_BUS_DEAD_LETTER_TOPIC</c>: any name that Kafka takes.</summary>
    public static Format<string> KafkaTopic { get; } = Format.Text(
        $"a topic name of up to {MaxTopicLength} of a-z, A-Z, 0-9, '.', '_' and '-'",
        text => text.Length <= MaxTopicLength && text is not ("." or "..") && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'));

    /// <summary><c>EVENT_BUS_WORKER_ROLES</c>.</summary>
    public static Format<IReadOnlyList<string>> WorkerRoles { get; } = Format.List(
        "different ones of " + string.Join(',', WorkerRoleNames),
        role => WorkerRoleNames.Contains(role));

    /// <summary><c>EVENT_BUS_DATABASE_URL</c>: a URI or an Npgsql connection string, which is checked further by Npgsql itself.</summary>
    public static Format<string> Database { get; } = Format.Text(
        "postgresql://user:password@host:port/database or an Npgsql connection string (Host=…;Database=…)",
        text => text.Contains("://", StringComparison.Ordinal) ? IsDatabaseUri(text) : IsConnectionString(text));

    /// <summary><c>EVENT_BUS_REDIS_URL</c>.</summary>
    public static Format<Uri> Redis { get; } = new(
        "redis://user:password@host:port/database or rediss:// the same",
        (string text, [MaybeNullWhen(false)] out Uri value) => Uri.TryCreate(text, UriKind.Absolute, out value) && IsRedisUri(value));

    private static bool IsHostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            && Uri.CheckHostName(text[..colon].Trim('[', ']')) != UriHostNameType.Unknown;
    }

    private static bool IsDatabaseUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "postgresql" or "postgres"
        && uri.Host.Length > 0
        && uri.AbsolutePath.Length > 1 && uri.AbsolutePath.IndexOf('/', 1) < 0;

    /// <summary>User, password, port and the database's number may be left out; there is nothing else that could be meant.</summary>
    private static bool IsRedisUri(Uri uri) =>
        uri.Scheme is "redis" or "rediss"
        && uri.Host.Length > 0
        && uri.Port != 0
        && uri.Query.Length == 0 && uri.Fragment.Length == 0
        && (uri.AbsolutePath is "" or "/"
            || int.TryParse(uri.AbsolutePath.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static bool IsConnectionString(string text) =>
        text.Split(';', StringSplitOptions.TrimEntries).Any(part =>
            part.Split('=', 2, StringSplitOptions.TrimEntries) is [var key, { Length: > 0 }]
            && (key.Equals("host", StringComparison.OrdinalIgnoreCase) || key.Equals("server", StringComparison.OrdinalIgnoreCase)));
}
