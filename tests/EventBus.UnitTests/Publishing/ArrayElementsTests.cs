using System.Text;
using EventBus.Gateway.Publishing;
using FsCheck.Xunit;

namespace EventBus.UnitTests.Publishing;

public sealed class ArrayElementsTests
{
    private readonly List<Range> _elements = [];

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    [InlineData("[{}]", "{}")]
    [InlineData("[ {\"a\":[1,{}]} ,\n\"text, [\\\"\", 12 , null,[ [1] ] ]", "{\"a\":[1,{}]}", "\"text, [\\\"\"", "12", "null", "[ [1] ]")]
    public void Read_Array_FindsEachElementsBytes(string json, params string[] elements)
    {
        var bytes = Encoding.UTF8.GetBytes(json);

        Assert.False(ArrayElements.Read(bytes, _elements, 10).IsRefused);

        Assert.Equal(elements, _elements.Select(e => Encoding.UTF8.GetString(bytes.AsSpan()[e])));
    }

    [Theory]
    [InlineData("{}", "invalid_type", "")]
    [InlineData("1", "invalid_type", "")]
    [InlineData("", "invalid_json", null)]
    [InlineData("[", "invalid_json", null)]
    [InlineData("[{]", "invalid_json", null)]
    [InlineData("[1,]", "invalid_json", null)]
    [InlineData("[] 1", "invalid_json", null)]
    [InlineData("[][]", "invalid_json", null)]
    [InlineData("\uFEFF[]", "invalid_json", null)]
    [InlineData("[1,2,3,4]", "batch_too_large", null)]
    [InlineData("[1,2,3,4", "invalid_json", null)]
    public void Read_AnythingElse_Refused(string json, string code, string? field)
    {
        var refusal = ArrayElements.Read(Encoding.UTF8.GetBytes(json), _elements, 3);

        Assert.Equal((code, field), (refusal.Error?.Code, refusal.Field));
        Assert.InRange(_elements.Count, 0, 3);
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(65, true)]
    public void Read_ElementsDepth_AtMost64(int depth, bool refused)
    {
        var json = "[" + new string('[', depth) + new string(']', depth) + "]";

        Assert.Equal(refused, ArrayElements.Read(Encoding.UTF8.GetBytes(json), _elements, 3).IsRefused);
    }

    [Property(MaxTest = 500)]
    public void Read_AnyBytes_DoesNotThrow(byte[] junk)
    {
        ArrayElements.Read(junk, [], 3);
        ArrayElements.Read([(byte)'[', .. junk, (byte)']'], [], 3);
    }
}
