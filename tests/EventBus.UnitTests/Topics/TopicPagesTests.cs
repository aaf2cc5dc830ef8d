using EventBus.Gateway.Topics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace EventBus.UnitTests.Topics;

public sealed class TopicPagesTests
{
    [Fact]
    public void Read_NoQuery_IsTheFirstPageOfActiveTopics() =>
        Assert.Equal(new TopicPages("", 100, "active", null), Read("", out _));

    [Fact]
    public void LinkAfter_AName_LeadsToThePageBehindIt()
    {
        var page = Read("limit=7&category=a%26b&status=deleting", out _)!;

        var link = page.LinkAfter("game.x");

        Assert.EndsWith(">; rel=\"next\"", link);
        Assert.Equal(page with { After = "game.x" }, Read(link[(link.IndexOf('?') + 1)..link.IndexOf('>')], out _));
    }

    [Theory]
    [InlineData("limit=0", "invalid_parameter")]
    [InlineData("limit=1001", "invalid_parameter")]
    [InlineData("limit=x", "invalid_parameter")]
    [InlineData("status=gone", "invalid_parameter")]
    [InlineData("cursor=", "invalid_cursor")]
    [InlineData("cursor=abc", "invalid_cursor")]
    [InlineData("cursor=Z2FtZS54", "invalid_cursor")]
    [InlineData("cursor=%2B%2B", "invalid_cursor")]
    public void Read_BadQuery_IsRefused(string query, string code)
    {
        Assert.Null(Read(query, out var error));
        Assert.Equal(code, error);
    }

    private static TopicPages? Read(string query, out string? code)
    {
        var pages = TopicPages.Read(new QueryCollection(QueryHelpers.ParseQuery(query)), out var refusal);
        code = refusal.Error?.Code;
        return pages;
    }
}
