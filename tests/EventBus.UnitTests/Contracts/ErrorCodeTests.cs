using System.Runtime.CompilerServices;
using EventBus.Contracts;

namespace EventBus.UnitTests.Contracts;

public sealed class ErrorCodeTests
{
    /// <summary>Clients hold on to codes: one may be added to the list, none changed or taken away.</summary>
    [Fact]
    public void All_CodesAndStatuses_AreThoseFrozen()
    {
        var frozen = File.ReadAllLines(Path.Combine(Folder(), "error-codes.txt")).Where(l => l.Length > 0 && l[0] != '#');

        Assert.Equal(frozen, ErrorCode.All.Select(e => $"{e.Status} {e.Code}{(e.Retry ? " retry" : "")}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_EachCode_IsUniqueSnakeCaseWithTitleAndType()
    {
        Assert.Equal(ErrorCode.All.Count, ErrorCode.All.Select(e => e.Code).Distinct().Count());
        Assert.All(ErrorCode.All, e =>
        {
            Assert.Matches("^[a-z]+(_[a-z]+)*$", e.Code);
            Assert.Equal("urn:event-bus:error:" + e.Code, e.Type);
            Assert.NotEmpty(e.Title);
            Assert.InRange(e.Status, 400, 599);
        });
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
