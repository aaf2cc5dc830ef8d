using System.Text;
using EventBus.Core.Schemas;

namespace EventBus.UnitTests.Schemas;

public sealed class TopicSchemaTests
{
    private const string Score =
        """{"$id":"https://example.com/score","type":"object","required":["p"],"properties":{"p":{"type":"string"},"deep":{"items":{"properties":{"a/b":{"type":"integer"}}}}},"additionalProperties":false}""";

    [Theory]
    [InlineData("""{"p":"x"}""", null)]
    [InlineData("""{"p":5}""", "/payload/p")]
    [InlineData("""{}""", "/payload")]
    [InlineData("""[]""", "/payload")]
    [InlineData("""{"p":"x","q":1}""", "/payload/q")]
    [InlineData("""{"p":"x","deep":[{},{"a/b":"no"}]}""", "/payload/deep/1/a~1b")]
    [InlineData("no json", "/payload")]
    [InlineData("", "/payload")]
    public void Check_APayload_SaysWhereItFails(string payload, string? field)
    {
        var refusal = Compile(Score).Check(Encoding.UTF8.GetBytes(payload), "/payload");

        Assert.Equal((field is null ? null : "schema_mismatch", field), (refusal.Error?.Code, refusal.Field));
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"maxLength":3}}}""", """{"a":"\ud800"}""")]
    [InlineData("""{"properties":{"a":{"minLength":1}}}""", """{"a":"\ud800x"}""")]
    public void Check_AValueThatCannotBeCompared_IsAMismatch(string schema, string payload) =>
        Assert.Equal("schema_mismatch", Compile(schema).Check(Encoding.UTF8.GetBytes(payload), "/payload").Error?.Code);

    [Theory]
    [InlineData("""{"uniqueItems":true}""", "[1e400,2,1e400]")]
    [InlineData("""{"multipleOf":3}""", "1e400")]
    [InlineData("""{"maximum":5}""", "1e400")]
    [InlineData("""{"const":1e400}""", "2")]
    [InlineData("""{"propertyNames":{"maxLength":3}}""", """{"\ud800":1}""")]
    public void Check_NumbersAndTextsBeyondWhatIsHeld_NeverThrows(string schema, string payload)
    {
        if (TopicSchema.TryCompile(schema, out _) is { } compiled)
            compiled.Check(Encoding.UTF8.GetBytes(payload), "/payload");
    }

    [Fact]
    public void TryCompile_TheSameIdTwice_CompilesBoth()
    {
        Compile(Score);
        Compile(Score);
    }

    [Fact]
    public void Check_AValueAtTheRoot_HasNoFieldButItsOwn()
    {
        Assert.Null(Compile("""{"type":"object"}""").Check("5"u8, "").Field);
        Assert.Equal("/p", Compile(Score).Check("""{"p":1}"""u8, "").Field);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("{")]
    [InlineData("""{"type":"objekt"}""")]
    [InlineData("""{"properties":[]}""")]
    [InlineData("""{"items":{"pattern":"^(a+)+$"}}""")]
    [InlineData("""{"patternProperties":{"^a":{}}}""")]
    [InlineData("""{"$schema":"https://example.com/own"}""")]
    [InlineData("""{"$ref":"https://example.com/x"}""")]
    [InlineData("""{"$ref":"other.json"}""")]
    [InlineData("""{"$ref":"#/$defs/none"}""")]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"$dynamicRef":"#x"}""")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""")]
    [InlineData("""{"$defs":{"a":{"properties":{"x":{"$ref":"#/$defs/b"}}},"b":{"$ref":"#/$defs/a"}}}""")]
    [InlineData("""{"properties":{"a":{"$id":"urn:x"}}}""")]
    public void TryCompile_WhatCannotBeUsed_SaysWhy(string text)
    {
        Assert.Null(TopicSchema.TryCompile(text, out var error));
        Assert.False(string.IsNullOrEmpty(error));
    }

    [Fact]
    public void TryCompile_ReferencesThatDouble_AreTooComplex()
    {
        var definitions = Enumerable.Range(0, 20).Select(i => $$"""
            "d{{i}}":{"allOf":[{"$ref":"#/$defs/d{{i + 1}}"},{"$ref":"#/$defs/d{{i + 1}}"}]}
            """);
        var text = """{"$ref":"#/$defs/d0","$defs":{""" + string.Join(',', definitions) + ""","d20":{}}}""";

        Assert.Null(TopicSchema.TryCompile(text, out var error));
        Assert.Contains("too complex", error);
    }

    private static TopicSchema Compile(string text) => TopicSchema.TryCompile(text, out var error) ?? throw new InvalidOperationException(error);
}
