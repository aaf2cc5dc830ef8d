using System.Runtime.CompilerServices;
using EventBus.Hosting;
using EventBus.Hosting.Settings;

namespace EventBus.UnitTests.Hosting;

public class SettingsDocumentationTests
{
    /// <summary>Set to 1, the test writes the page instead of comparing it.</summary>
    private const string Update = "UPDATE_DOCS";

    [Fact]
    public void Markdown_OfTheTable_IsThePageInDocs()
    {
        var page = Path.Combine(Root(), "docs", "configuration.md");
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(page, SettingsDocumentation.Markdown());

        Assert.True(
            SettingsDocumentation.Markdown() == File.ReadAllText(page),
            $"docs/configuration.md differs from the table of settings; {Update}=1 and this test write it anew");
    }

    [Fact]
    public void Help_OfEachBinary_NamesItsOwnVariablesOnly()
    {
        foreach (var use in new[] { SettingUse.Gateway, SettingUse.Worker })
        {
            var lines = SettingsDocumentation.Help(use).Split('\n');
            foreach (var setting in SettingsTable.All)
                Assert.Equal((setting.Use & use) != 0, lines.Any(line => line.Trim().Split(' ')[0] == setting.Name));
            Assert.All(lines, line => Assert.True(line.Length <= 110, line));
        }
    }

    [Fact]
    public void Table_Names_AreUniqueAndExplained()
    {
        Assert.Equal(SettingsTable.All.Count, SettingsTable.All.Select(setting => setting.Name).Distinct().Count());
        Assert.All(SettingsTable.All, setting => Assert.EndsWith(".", setting.Meaning));
    }

    [Theory]
    [InlineData("EVENT_BUS_BTACH_SIZE", "EVENT_BUS_BATCH_SIZE")]
    [InlineData("EVENT_BUS_READTIMEOUT", "EVENT_BUS_READ_TIMEOUT")]
    [InlineData("KAFKA_SASL_PASWORD", "KAFKA_SASL_PASSWORD")]
    public void Find_MisspeltVariable_NamesTheNearest(string name, string nearest)
    {
        var found = Assert.Single(UnknownVariables.Find(Of(name)));

        Assert.Equal((name, nearest), (found.Name, found.Nearest));
    }

    [Theory]
    [InlineData("EVENT_BUS_PORT")]
    [InlineData("KAFKA_PRODUCER_LINGER_MS")]
    [InlineData("KAFKA_HOME")]
    [InlineData("KAFKA_HEAP_OPTS")]
    [InlineData("PATH")]
    public void Find_KnownAndForeignVariables_FindsNone(string name) => Assert.Empty(UnknownVariables.Find(Of(name)));

    [Fact]
    public void Answer_Arguments_GiveExitCodes()
    {
        Assert.Null(Answer().Code);
        Assert.Equal((0, $"event-bus-gateway {BinaryIdentity.Version}\n", ""), Answer("--version"));
        Assert.Contains("EVENT_BUS_H2C_PORT", Answer("--help").Output);
        var (code, output, error) = Answer("--verison");
        Assert.Equal((64, ""), (code, output));
        Assert.Contains("\"--verison\"", error);
        Assert.Null(Answer("--migrate").Code);
    }

    private static (int? Code, string Output, string Error) Answer(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CommandLine.Answer(BinaryIdentity.Gateway, args, Of(), output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static EnvironmentReader Of(params string[] names) => new(names.ToDictionary(name => name, _ => "1"));

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
