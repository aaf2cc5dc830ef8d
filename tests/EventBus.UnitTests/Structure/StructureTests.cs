using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EventBus.UnitTests.Structure;

/// <summary>Who may see whom, held against the sources: what a client library's types are worth is that they stay in one project.</summary>
public sealed class StructureTests
{
    /// <summary>Event ids of log messages, a range per project. Operators search for them.</summary>
    private static readonly Dictionary<string, (int First, int Last)> LogRanges = new()
    {
        ["EventBus.Hosting"] = (1000, 1999),
        ["EventBus.Kafka"] = (2000, 3999),
        ["EventBus.Gateway"] = (4000, 4999),
        ["EventBus.Worker"] = (5000, 5999),
        ["EventBus.Postgres"] = (6000, 6999),
        ["EventBus.Redis"] = (7000, 7999),
    };

    [Fact]
    public void ProjectReferences_EveryProject_WithinTableOfArchitecture()
    {
        var allowed = Table();
        Assert.Equal(SourceTree.Projects, allowed.Keys.Order(StringComparer.Ordinal));
        foreach (var project in SourceTree.Projects)
        {
            var references = Project(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));
            Assert.All(references, r => Assert.True(allowed[project].Contains(r), $"{project} may not reference {r}"));
        }
    }

    [Fact]
    public void PackageReferences_ClientLibraries_OnlyInTheirProject()
    {
        foreach (var (package, owner) in new[] { ("Confluent.Kafka", "EventBus.Kafka"), ("Npgsql", "EventBus.Postgres"), ("StackExchange.Redis", "EventBus.Redis") })
        {
            foreach (var project in SourceTree.Projects.Where(p => p != owner))
                Assert.DoesNotContain(Project(project).Descendants("PackageReference"), r => ((string)r.Attribute("Include")!).StartsWith(package, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Unsafe_Code_OnlyInRingAndKafka()
    {
        var users = Users(@"\b(unsafe|stackalloc\s+\w+\s*\*|fixed\s*\()");

        Assert.NotEmpty(users);
        Assert.All(users, path => Assert.True(path.StartsWith("src/EventBus.Core/Buffering/", StringComparison.Ordinal) || path.StartsWith("src/EventBus.Kafka/", StringComparison.Ordinal), path));
        Assert.Equal(
            ["EventBus.Core", "EventBus.Kafka"],
            SourceTree.Projects.Where(p => (string?)Project(p).Descendants("AllowUnsafeBlocks").SingleOrDefault() == "true"));
    }

    [Theory]
    [InlineData(@"\b(Confluent\.Kafka|LibRdKafka|rd_kafka_\w+)\b", "src/EventBus.Kafka/")]
    [InlineData(@"\bHttpContext\b", "src/EventBus.Gateway/", "src/EventBus.Hosting/")]
    [InlineData(@"^using Npgsql\b", "src/EventBus.Postgres/")]
    [InlineData(@"^using StackExchange\.Redis\b", "src/EventBus.Redis/")]
    public void Types_OfAnEngine_OnlyInTheirProject(string pattern, params string[] folders) =>
        Assert.All(Users(pattern), path => Assert.True(folders.Any(f => path.StartsWith(f, StringComparison.Ordinal)), path));

    [Fact]
    public void LoggerMessages_EventIds_UniqueAndInTheirProjectsRange()
    {
        var messages = (
            from file in SourceTree.Files("src")
            from Match match in Regex.Matches(string.Join('\n', file.Lines), @"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)?")
            select (file.Path, Id: match.Groups[1].Value)).ToList();

        Assert.NotEmpty(messages);
        Assert.Equal(messages.Count, messages.Select(m => m.Id).Distinct().Count());
        Assert.All(messages, m =>
        {
            Assert.EndsWith(".Log.cs", m.Path);
            var range = LogRanges[m.Path.Split('/')[1]];
            Assert.InRange(int.Parse(m.Id), range.First, range.Last);
        });
    }

    [Fact]
    public void Files_OfSourcesAndTests_Under400Lines()
    {
        string[] folders = ["src", "tests", "perf"];

        Assert.All(folders.SelectMany(SourceTree.Files), f => Assert.True(f.Lines.Length < 400, $"{f.Path} has {f.Lines.Length} lines"));
    }

    private static List<string> Users(string pattern) =>
        [.. SourceTree.Files("src").Where(f => f.Lines.Code().Any(l => Regex.IsMatch(l, pattern))).Select(f => f.Path)];

    private static XDocument Project(string name) => XDocument.Load(Path.Combine(SourceTree.Root, "src", name, name + ".csproj"));

    /// <summary>The table of ARCHITECTURE.md: each project and what it may reference, in the order of its rows.</summary>
    private static Dictionary<string, HashSet<string>> Table()
    {
        var table = new Dictionary<string, HashSet<string>>();
        foreach (var line in File.ReadLines(Path.Combine(SourceTree.Root, "ARCHITECTURE.md")))
        {
            if (Regex.Match(line, @"^\| `src/(EventBus\.\w+)` \| ([^|]+) \|") is not { Success: true } row)
                continue;
            table[row.Groups[1].Value] = row.Groups[2].Value.Trim() switch
            {
                "nothing" => [],
                "all above" => [.. table.Keys],
                var names => [.. names.Split(',').Select(n => "EventBus." + n.Trim())],
            };
        }

        // Both binaries stand last, and neither sees the other.
        table["EventBus.Worker"].Remove("EventBus.Gateway");
        return table;
    }
}
