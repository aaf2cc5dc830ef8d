namespace EventBus.Core.Topics;

/// <summary>Which topics there are. The engine behind it keeps <see cref="Current"/> fresh; reading it never waits.</summary>
public interface ITopicRegistry
{
    /// <summary>The newest snapshot: at most two seconds behind the engine.</summary>
    TopicSnapshot Current { get; }
}
