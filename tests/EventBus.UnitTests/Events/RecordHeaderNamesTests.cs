using System.Reflection;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;

namespace EventBus.UnitTests.Events;

public sealed class RecordHeaderNamesTests
{
    private delegate ReadOnlySpan<byte> Getter();

    [Fact]
    public void Names_AsUtf8_AreThoseOfContractWithNul()
    {
        var contract = typeof(RecordHeaders).GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToDictionary(f => f.Name, f => (string)f.GetRawConstantValue()! + "\0");
        var utf8 = typeof(RecordHeaderNames).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(p => p.Name != nameof(RecordHeaderNames.AttributePrefix))
            .ToDictionary(p => p.Name, p => Encoding.UTF8.GetString(p.GetMethod!.CreateDelegate<Getter>()()));

        Assert.NotEmpty(contract);
        Assert.Equal(contract.OrderBy(p => p.Key), utf8.OrderBy(p => p.Key));
        Assert.Equal("ce_"u8, RecordHeaderNames.AttributePrefix);
    }
}
