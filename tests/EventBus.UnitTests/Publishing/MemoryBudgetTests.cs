using EventBus.Core.Publishing;
using EventBus.Gateway.Publishing;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Settings;
using EventBus.Kafka.Client;

namespace EventBus.UnitTests.Publishing;

public sealed class MemoryBudgetTests
{
    private readonly PublishSettings _defaults = PublishSettings.Read(new EnvironmentReader(new Dictionary<string, string>()));

    [Fact]
    public void Total_Defaults_Under512Megabytes()
    {
        Assert.InRange(MemoryBudget.Total(_defaults), 1, 512_000_000);
        Assert.Equal(MemoryBudget.Total(_defaults), MemoryBudget.Parts(_defaults).Sum(p => p.Bytes));
        Assert.All(MemoryBudget.Parts(_defaults), p => Assert.Contains(p.Part, MemoryBudget.Describe(_defaults), StringComparison.Ordinal));
    }

    [Fact]
    public void ProducerLimits_Defaults_AboveAdmission()
    {
        var limits = MemoryBudget.ProducerLimits(_defaults);

        Assert.True(limits.MaxMessages > _defaults.BufferSize);
        Assert.True(limits.MaxKilobytes * 1024L > _defaults.BufferBytes);
    }

    [Fact]
    public void RingBytes_LargestRecord_Fits() => Assert.True(MemoryBudget.RingBytes / 4 > KafkaClientProperties.MaxRecordBytes);

    /// <summary>The budget counts 400 bytes for a batch of one.</summary>
    [Fact]
    public void TryRent_Single_TakesNoMoreThanBudgeted()
    {
        const int batches = 1000;
        var ledger = new PublishLedger(new Admission(batches, 1_000_000), TimeProvider.System);
        ledger.TryRent(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < batches; i++)
            ledger.TryRent(1);

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / batches, 1, 400);
    }
}
