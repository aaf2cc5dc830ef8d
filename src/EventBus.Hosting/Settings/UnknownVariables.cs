namespace EventBus.Hosting.Settings;

/// <summary>Finds variables that look like settings and are none: a misspelt one would otherwise be dropped in silence.</summary>
public static class UnknownVariables
{
    private const string OwnPrefix = "EVENT_BUS_";
    private const string KafkaPrefix = "KAFKA_";

    /// <summary>How many slips still make a misspelt name. <c>KAFKA_*</c> is shared with Kafka's own tools, so nothing further off is ours.</summary>
    private const int Slips = 2;

    /// <summary>A variable that is not known, and the known one that its name is nearest to.</summary>
    /// <param name="Name">The variable in the environment.</param>
    /// <param name="Nearest">What was probably meant.</param>
    public readonly record struct Unknown(string Name, string Nearest);

    /// <summary>Every unknown <c>EVENT_BUS_*</c> variable, and every <c>KAFKA_*</c> one that is a slip away from a known one, by name.</summary>
    public static IReadOnlyList<Unknown> Find(EnvironmentReader environment)
    {
        var found = new List<Unknown>();
        foreach (var name in environment.Variables.Keys.Order(StringComparer.Ordinal))
        {
            var isOwn = name.StartsWith(OwnPrefix, StringComparison.Ordinal);
            if ((!isOwn && !name.StartsWith(KafkaPrefix, StringComparison.Ordinal)) || SettingsTable.All.Any(setting => Covers(setting, name)))
                continue;
            var (nearest, distance) = Nearest(name);
            if (isOwn || distance <= Slips)
                found.Add(new Unknown(name, nearest));
        }

        return found;
    }

    private static bool Covers(Setting setting, string name) => setting.IsFamily
        ? name.StartsWith(setting.Name.TrimEnd('*'), StringComparison.Ordinal)
        : setting.Name == name;

    private static (string Name, int Distance) Nearest(string name) => SettingsTable.All
        .Where(setting => !setting.IsFamily)
        .Select(setting => (setting.Name, Distance: Distance(name, setting.Name)))
        .MinBy(candidate => candidate.Distance);

    /// <summary>Levenshtein's distance: the least number of insertions, deletions and replacements between two words.</summary>
    private static int Distance(string a, string b)
    {
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
