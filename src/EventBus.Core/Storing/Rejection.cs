namespace EventBus.Core.Storing;

/// <summary>Why a record is a dead letter.</summary>
/// <param name="Reason">
/// A stable word to group by: the code that the gateway would refuse the same fault with (<see cref="Contracts.ErrorCode"/>), or one of
/// the constants here.
/// </param>
/// <param name="Detail">What is wrong, for people; never a payload.</param>
public readonly record struct Rejection(string Reason, string Detail)
{
    /// <summary>The record is in neither mode of the CloudEvents Kafka binding.</summary>
    public const string NotCloudEvent = "not_cloudevent";

    /// <summary>The store can never take the row.</summary>
    public const string StoreRefused = "store_refused";
}
