using System.Buffers;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Gateway.Topics;

namespace EventBus.UnitTests.Topics;

public sealed class TopicRequestReaderTests
{
    private readonly TopicRequestReader _reader = new(new EventNames(EventTypes.DefaultDomains));

    [Fact]
    public void ReadCreation_EveryField_IsTaken()
    {
        var refusal = Create(
            """
            {"name":"game.match.events","description":"d","partitions":6,"replication_factor":3,"retention_hours":168,"category":"game",
             "owner_service":"match-service","is_system_topic":true,"requires_auth":false,"enable_dlq":false,"schema":{"type":"object"}}
            """,
            out var fields);

        Assert.False(refusal.IsRefused, refusal.Detail);
        Assert.Equal(
            ("game.match.events", "d", 6, 3, 168, "game", "match-service", true, false, """{"type":"object"}"""),
            (fields.Name, fields.Description, fields.Partitions, fields.ReplicationFactor, fields.RetentionHours, fields.Category,
             fields.OwnerService, fields.IsSystemTopic, fields.EnableDlq, fields.Schema?.Text));
    }

    [Fact]
    public void ReadCreation_NullsAndSchemaAsText_AreAbsentAndTaken()
    {
        var refusal = Create("""{"name":"game.x","partitions":null,"description":null,"schema":"{\"type\":\"array\"}"}""", out var fields);

        Assert.False(refusal.IsRefused, refusal.Detail);
        Assert.Equal((null, """{"type":"array"}"""), (fields.Partitions, fields.Schema?.Text));
        Assert.Empty(fields.Removes);
    }

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("[]", "invalid_type", null)]
    [InlineData("{}", "missing_field", "/name")]
    [InlineData("""{"name":null}""", "missing_field", "/name")]
    [InlineData("""{"name":""}""", "missing_field", "/name")]
    [InlineData("""{"name":5}""", "invalid_type", "/name")]
    [InlineData("""{"name":"Game.x"}""", "invalid_topic", "/name")]
    [InlineData("""{"name":"nope.x"}""", "invalid_topic", "/name")]
    [InlineData("""{"name":"game.x.dlq"}""", "invalid_topic", "/name")]
    [InlineData("""{"name":"sub.x"}""", "invalid_topic", "/name")]
    [InlineData("""{"name":"__consumer_offsets"}""", "invalid_topic", "/name")]
    [InlineData("""{"name":"game.x","name":"game.y"}""", "duplicate_field", "/name")]
    [InlineData("""{"name":"game.x","partition":3}""", "unknown_field", "/partition")]
    [InlineData("""{"name":"game.x","a/b~":3}""", "unknown_field", "/a~1b~0")]
    [InlineData("""{"name":"game.x","partitions":"3"}""", "invalid_type", "/partitions")]
    [InlineData("""{"name":"game.x","partitions":1.5}""", "invalid_type", "/partitions")]
    [InlineData("""{"name":"game.x","partitions":0}""", "topic_refused", "/partitions")]
    [InlineData("""{"name":"game.x","partitions":-1}""", "topic_refused", "/partitions")]
    [InlineData("""{"name":"game.x","replication_factor":70000}""", "topic_refused", "/replication_factor")]
    [InlineData("""{"name":"game.x","retention_hours":0}""", "topic_refused", "/retention_hours")]
    [InlineData("""{"name":"game.x","enable_dlq":"true"}""", "invalid_type", "/enable_dlq")]
    [InlineData("""{"name":"game.x","requires_auth":true}""", "not_supported", "/requires_auth")]
    [InlineData("""{"name":"game.x","requires_auth":1}""", "invalid_type", "/requires_auth")]
    [InlineData("""{"name":"game.x","category":"123456789012345678901"}""", "too_long", "/category")]
    [InlineData("""{"name":"game.x","description":"\u0000"}""", "invalid_string", "/description")]
    [InlineData("""{"name":"game.x","description":"\ud800"}""", "invalid_string", null)]
    [InlineData("""{"name":"game.x","schema":5}""", "invalid_type", "/schema")]
    [InlineData("""{"name":"game.x","schema":"{"}""", "invalid_schema", "/schema")]
    [InlineData("""{"name":"game.x","schema":{"type":"objekt"}}""", "invalid_schema", "/schema")]
    [InlineData("""{"name":"game.x","schema":{"$ref":"https://example.com/x"}}""", "invalid_schema", "/schema")]
    public void ReadCreation_BadInput_IsRefusedWithField(string body, string code, string? field)
    {
        var refusal = Create(body, out _);

        Assert.Equal((code, field), (refusal.Error?.Code, refusal.Field));
        Assert.NotEmpty(refusal.Detail);
    }

    [Theory]
    [InlineData("""{"name":"game.x"}""", "unknown_field", "/name")]
    [InlineData("""{"replication_factor":2}""", "unknown_field", "/replication_factor")]
    [InlineData("""{"partitions":null}""", "invalid_type", "/partitions")]
    [InlineData("""{"colour":null}""", "unknown_field", "/colour")]
    public void ReadChange_WhatCannotBeChanged_IsRefused(string body, string code, string field)
    {
        var refusal = _reader.ReadChange(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), out _);

        Assert.Equal((code, field), (refusal.Error?.Code, refusal.Field));
    }

    [Fact]
    public void ReadChange_Nulls_Remove()
    {
        var refusal = _reader.ReadChange(new ReadOnlySequence<byte>("""{"description":null,"schema":null}"""u8.ToArray()), out var fields);

        Assert.False(refusal.IsRefused, refusal.Detail);
        Assert.Equal(["description", "schema"], fields.Removes.Order());
    }

    private Refusal Create(string body, out TopicFields fields) =>
        _reader.ReadCreation(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), out fields);
}
