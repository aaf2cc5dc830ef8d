using EventBus.Core.Consuming;
using EventBus.Core.Storing;
using EventBus.Worker.Storing;

namespace EventBus.UnitTests.Storing;

public sealed class SinkBatchTests
{
    [Fact]
    public void Remove_TheOnlyPartitionOfABatchFullOfBytes_LeavesItEmptyAndNotFull()
    {
        using var batch = new SinkBatch(maxRows: 10, maxBytes: 1000);
        var partition = new SinkPartition(new LogPartition("game.events", 0));
        var time = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        batch.Add(partition, new LogRecord { Offset = 0, Time = time, Headers = [], Key = null, Value = new byte[2000] }, time, timestamp: 0);
        Assert.True(batch.IsFull);

        batch.Remove(partition);

        Assert.Equal((true, false), (batch.IsEmpty, batch.IsFull));
    }
}
