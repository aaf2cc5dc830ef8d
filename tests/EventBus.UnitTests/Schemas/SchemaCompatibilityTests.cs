using EventBus.Core.Schemas;

namespace EventBus.UnitTests.Schemas;

public sealed class SchemaCompatibilityTests
{
    private const string Score = """{"type":"object","required":["p","s"],"properties":{"p":{"type":"string"},"s":{"type":"integer","minimum":0,"maximum":10}},"additionalProperties":false}""";

    [Theory]
    [InlineData(Score, Score)]
    [InlineData(Score, "{}")]
    [InlineData(Score, """{"type":"object"}""")]
    [InlineData(Score, """{"type":"object","required":["p"],"properties":{"p":{"type":["string","null"]},"s":{"type":"number","minimum":-1,"maximum":11}},"additionalProperties":false}""")]
    [InlineData(Score, """{"title":"t","type":"object","properties":{"p":{},"s":{},"new":{"type":"string"}},"additionalProperties":false}""")]
    [InlineData("""{"enum":["a"]}""", """{"enum":["b","a"]}""")]
    [InlineData("""{"const":"a"}""", """{"enum":["b","a"]}""")]
    [InlineData("""{"multipleOf":4}""", """{"multipleOf":2}""")]
    [InlineData("""{"items":{"type":"integer"}}""", """{"items":{"type":"number"}}""")]
    [InlineData("""{"anyOf":[{"type":"string"}]}""", """{}""")]
    [InlineData("""{"anyOf":[{"type":"string"}],"maxLength":3}""", """{"anyOf":[{"type":"string"}],"maxLength":4}""")]
    [InlineData("""{"$defs":{"a":{"type":"string"}},"properties":{"x":{"$ref":"#/$defs/a"}},"required":["x"]}""", """{"$defs":{"a":{"type":"string"}},"properties":{"x":{"$ref":"#/$defs/a"}}}""")]
    [InlineData("""{"uniqueItems":true}""", """{"uniqueItems":false}""")]
    public void FindBreak_Wider_IsNone(string present, string next) => Assert.Null(SchemaCompatibility.FindBreak(present, next));

    [Theory]
    [InlineData("{}", """{"type":"object"}""", "#/type")]
    [InlineData(Score, """{"type":"object","required":["p","s","q"],"properties":{"p":{"type":"string"},"s":{}},"additionalProperties":false}""", "#/required")]
    [InlineData(Score, """{"type":"object","properties":{"p":{"type":"string"}},"additionalProperties":false}""", "#/properties/s")]
    [InlineData(Score, """{"type":"object","properties":{"p":{"type":"string","maxLength":5},"s":{}}}""", "#/properties/p/maxLength")]
    [InlineData("""{"type":"object"}""", """{"type":"object","properties":{"new":{"type":"string"}}}""", "#/properties/new/type")]
    [InlineData("""{"type":"object"}""", """{"type":"object","additionalProperties":false}""", "#/additionalProperties")]
    [InlineData("""{"type":"number"}""", """{"type":"integer"}""", "#/type")]
    [InlineData("""{"maximum":5}""", """{"maximum":4}""", "#/maximum")]
    [InlineData("""{}""", """{"minLength":1}""", "#/minLength")]
    [InlineData("""{"enum":["a","b"]}""", """{"enum":["a"]}""", "#/enum")]
    [InlineData("""{"multipleOf":2}""", """{"multipleOf":4}""", "#/multipleOf")]
    [InlineData("""{}""", """{"pattern":"^a"}""", "#/pattern")]
    [InlineData("""{"anyOf":[{"type":"string"}]}""", """{"anyOf":[{"type":"string"},{"type":"null"}]}""", "#/anyOf")]
    [InlineData("""{"items":{"type":"integer"}}""", """{"items":{"type":"string"}}""", "#/items/type")]
    [InlineData("""{"contains":{"type":"string"},"minContains":0}""", """{"contains":{"type":"string"}}""", "#/contains")]
    [InlineData("""{}""", """{"unevaluatedProperties":false}""", "#/unevaluatedProperties")]
    [InlineData("""{"patternProperties":{"^a":{}},"additionalProperties":false}""", """{"additionalProperties":false}""", "#/patternProperties")]
    [InlineData("""{"$defs":{"a":{"type":"string"}},"$ref":"#/$defs/a"}""", """{"$defs":{"a":{"type":"integer"}},"$ref":"#/$defs/a"}""", "#: ")]
    [InlineData("""{"properties":{"a":{}}}""", """{"properties":{"a":{"properties":{"b":{"type":"string"}}}}}""", "#/properties/a/properties/b/type")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema"}""", """{"$schema":"http://json-schema.org/draft-07/schema#"}""", "#: ")]
    [InlineData("""{"properties":{"a":{},"a":{}}}""", """{"properties":{"a":{},"b":{},"a":{"type":"string"}}}""", "#: ")]
    [InlineData("""{"multipleOf":1}""", """{"multipleOf":1e-40}""", "#")]
    public void FindBreak_NarrowerOrInDoubt_SaysWhere(string present, string next, string at) =>
        Assert.StartsWith(at, SchemaCompatibility.FindBreak(present, next));
}
