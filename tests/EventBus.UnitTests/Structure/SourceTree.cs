using System.Runtime.CompilerServices;

namespace EventBus.UnitTests.Structure;

/// <summary>The repository's own files.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    /// <summary>The names of the projects under <c>src</c>.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    /// <summary>C# files under a folder, by their path from the root.</summary>
    public static IEnumerable<(string Path, string[] Lines)> Files(string folder) =>
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        select (path, File.ReadAllLines(file));

    /// <summary>A file's lines without those that are comments.</summary>
    public static IEnumerable<string> Code(this string[] lines) => lines.Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal));

    private static string Find([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
