using System.Globalization;
using System.Reflection;

namespace EventBus.Postgres.Migrations;

/// <summary>One step of the schema: a file <c>NNNN_name.sql</c> of this folder, carried in the binary. A released one is never changed.</summary>
/// <param name="Version">The number in its name, from 1 without gaps.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Sql">Its statements.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    private static List<Migration> Load()
    {
        var assembly = typeof(Migration).Assembly;
        var names = assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return [.. names.Select(n => new Migration(int.Parse(n.AsSpan(0, 4), CultureInfo.InvariantCulture), n, Text(assembly, n)))];
    }

    private static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
