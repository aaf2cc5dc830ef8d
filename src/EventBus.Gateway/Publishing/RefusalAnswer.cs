using EventBus.Core.Publishing;
using EventBus.Hosting.Http;

namespace EventBus.Gateway.Publishing;

/// <summary>Answers a request that was refused as a whole.</summary>
internal static class RefusalAnswer
{
    public static ValueTask RefuseAsync(this HttpContext context, in Refusal refusal)
    {
        PublishMetrics.CountRefused(refusal.Error!);
        return ProblemWriter.WriteAsync(context, refusal.Error!, refusal.Detail, refusal.Field);
    }
}
