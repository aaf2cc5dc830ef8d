using EventBus.Gateway.Events;
using EventBus.Postgres.Queries;

namespace EventBus.UnitTests.Reading;

public sealed class EventCursorTests
{
    private static readonly EventPosition Position = new(new DateTime(2026, 3, 10, 1, 2, 3, DateTimeKind.Utc).AddTicks(4560), Guid.Parse("0197b0b0-1111-7222-8333-444455556666"));

    private static readonly EventQuery Query = new() { Limit = 10, Topic = "game.events", Since = DateTime.UnixEpoch };

    [Fact]
    public void TryRead_OwnCursor_IsThePositionWhateverTheLimit()
    {
        Assert.True(EventCursor.TryRead(Query with { Limit = 500 }, EventCursor.Write(Query, Position), out var read));

        Assert.Equal(Position, read);
        Assert.Equal(DateTimeKind.Utc, read.CreatedAt.Kind);
    }

    [Fact]
    public void TryRead_OtherFilters_IsRefused()
    {
        var cursor = EventCursor.Write(Query, Position);
        EventQuery[] others =
        [
            Query with { Topic = "game.event" }, Query with { Topic = null }, Query with { Type = "game.events", Topic = null }, Query with { Source = "s" },
            Query with { SessionId = "s" }, Query with { Since = null, Until = DateTime.UnixEpoch }, Query with { IsAscending = true },
            Query with { Since = DateTime.UnixEpoch.AddTicks(10) },
        ];

        Assert.All(others, other => Assert.False(EventCursor.TryRead(other, cursor, out _)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("////////////////////////////////////////////")]
    [InlineData("ééééééééééééééééééééééééééééééééééééééééééé")]
    public void TryRead_NotOurs_IsRefused(string cursor) => Assert.False(EventCursor.TryRead(Query, cursor, out _));

    [Fact]
    public void TryRead_AnyCharacterChanged_IsRefusedOrNeverThrows()
    {
        var cursor = EventCursor.Write(Query, Position);
        for (var i = 0; i < cursor.Length; i++)
        {
            var changed = cursor[..i] + (cursor[i] == 'A' ? 'B' : 'A') + cursor[(i + 1)..];
            EventCursor.TryRead(Query, changed, out _);
        }
    }
}
