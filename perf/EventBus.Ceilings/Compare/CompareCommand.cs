namespace EventBus.Ceilings.Compare;

internal static class CompareCommand
{
    public static Task<int> RunAsync(Options options)
    {
        options.Done();
        return Task.FromResult(0);
    }
}
