namespace EventBus.IntegrationTests.Storing;

/// <summary>What counts the process's allocations runs when nothing else does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

[Collection(Alone.Name)]
public sealed class StoreAllocationTests
{
    [SkippableFact]
    public async Task StoreAsync_ManyRows_AllocatesLittlePerRow()
    {
        await using var rig = await StoreRig.StartAsync();
        const int size = 2_000;
        var batches = Enumerable.Range(0, 4).Select(b => rig.Batch([.. Enumerable.Range(b * size, size).Select(i => rig.Row(i, $"e-{i}"))])).ToList();
        await rig.Store.StoreAsync(batches[0], default);
        await rig.Store.StoreAsync(batches[1], default);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await rig.Store.StoreAsync(batches[2], default);
        await rig.Store.StoreAsync(batches[3], default);
        var perRow = (GC.GetTotalAllocatedBytes(precise: true) - before) / (2.0 * size);

        Assert.True(perRow < 100, $"{perRow:f1} bytes per row");
        Console.WriteLine($"allocated per row: {perRow:f1} bytes");
    }
}
