using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;

namespace EventBus.UnitTests.Events;

public sealed class EventNamesTests
{
    private readonly EventNames _names = new(["game", "audit"]);

    [Theory]
    [InlineData("game.kill")]
    [InlineData("audit.a.b.c.d")]
    [InlineData("game.match_end")]
    [InlineData("game._")]
    [InlineData("game.0")]
    public void Check_NameOfGrammar_Null(string name)
    {
        Assert.Null(_names.CheckType(Encoding.UTF8.GetBytes(name)));
        Assert.Null(_names.CheckTopic(Encoding.UTF8.GetBytes(name)));
    }

    [Theory]
    [InlineData("", "segments")]
    [InlineData("game", "segments")]
    [InlineData("game.a.b.c.d.e", "segments")]
    [InlineData(".", "empty")]
    [InlineData(".game", "empty")]
    [InlineData("game.", "empty")]
    [InlineData("game..kill", "empty")]
    [InlineData("Game.kill", "lower-case")]
    [InlineData("game.Kill", "lower-case")]
    [InlineData("game.kill-all", "lower-case")]
    [InlineData("game.kill ", "lower-case")]
    [InlineData("game.é", "lower-case")]
    [InlineData("game.\0", "lower-case")]
    [InlineData("games.kill", "domains")]
    [InlineData("gam.kill", "domains")]
    [InlineData("system.error", "domains")]
    public void Check_AnythingElse_SaysWhy(string name, string reason)
    {
        Assert.Contains(reason, _names.CheckType(Encoding.UTF8.GetBytes(name)), StringComparison.Ordinal);
        Assert.Contains(reason, _names.CheckTopic(Encoding.UTF8.GetBytes(name)), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_Length_TypesTo100AndTopicsTo245()
    {
        Assert.Null(_names.CheckType(Name(100)));
        Assert.Contains("100", _names.CheckType(Name(101)), StringComparison.Ordinal);
        Assert.Null(_names.CheckTopic(Name(245)));
        Assert.Contains("245", _names.CheckTopic(Name(246)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("game.events.dlq", true)]
    [InlineData("game.dlq", true)]
    [InlineData("game.dlqs", false)]
    [InlineData("game.my_dlq", false)]
    [InlineData("game.dlq.more", false)]
    public void CheckTopic_LastSegmentDlq_Reserved(string topic, bool reserved)
    {
        Assert.Equal(reserved, _names.CheckTopic(Encoding.UTF8.GetBytes(topic)) is not null);
        Assert.Null(_names.CheckType(Encoding.UTF8.GetBytes(topic)));
    }

    [Fact]
    public void CheckType_KnownTypes_AllTaken()
    {
        var names = new EventNames(EventTypes.DefaultDomains);

        Assert.All(EventTypes.Known, type => Assert.Null(names.CheckType(Encoding.UTF8.GetBytes(type))));
    }

    [Fact]
    public void PriorityNames_EveryPriority_IsReadBack()
    {
        string[] words = ["low", "normal", "high", "critical"];
        foreach (var priority in Enum.GetValues<EventPriority>())
        {
            Assert.Equal(words[(int)priority], Encoding.UTF8.GetString(PriorityNames.Of(priority)));
            Assert.True(PriorityNames.TryParse(PriorityNames.Of(priority), out var read));
            Assert.Equal(priority, read);
        }

        foreach (var wrong in new[] { "", "Low", "NORMAL", "lo", "lows", "high ", "urgent" })
            Assert.False(PriorityNames.TryParse(Encoding.UTF8.GetBytes(wrong), out _));
    }

    private static byte[] Name(int length) => Encoding.ASCII.GetBytes("game." + new string('a', length - 5));
}
