namespace EventBus.UnitTests.Idempotency;

/// <summary>The window in this process answers at once: a test of it need not await, and fails if it should ever have to.</summary>
internal static class Synchronously
{
    public static void Done(ValueTask task) => Assert.True(task.IsCompletedSuccessfully);

    public static T Get<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task.GetAwaiter().GetResult();
    }
}
