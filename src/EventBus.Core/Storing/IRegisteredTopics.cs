namespace EventBus.Core.Storing;

/// <summary>The names of the topics whose events are stored.</summary>
public interface IRegisteredTopics
{
    /// <summary>Reads them: all that are registered, those that are being deleted too, since what is still in them is stored.</summary>
    /// <exception cref="StoreUnavailableException">The registry cannot be read now.</exception>
    Task<IReadOnlyCollection<string>> ReadAsync(CancellationToken cancellation);
}
