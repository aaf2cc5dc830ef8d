using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace EventBus.Kafka.Topics;

/// <summary>Keeps each topic's <c>min.insync.replicas</c>: asked for when a topic is new, and again every half minute.</summary>
/// <param name="admin">The client.</param>
/// <param name="tracker">Where the topics are kept.</param>
/// <param name="hasSettings">False for the embedded cluster, which has none: one replica is all there is.</param>
/// <param name="timeout">How long a request may take.</param>
internal sealed class TopicMinimums(IAdminClient admin, TopicTracker tracker, bool hasSettings, TimeSpan timeout)
{
    // An answer names every setting of every topic, so more are asked for in turns, one each pass.
    private const int TopicsPerRequest = 500;
    private const string Setting = "min.insync.replicas";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    /// <summary>Asks for those that are due, and waits for the answer.</summary>
    /// <param name="now">The time since the start.</param>
    /// <returns>Why a topic's settings may not be read, where that is so; else null.</returns>
    public string? Refresh(TimeSpan now)
    {
        var due = tracker.DueForMinimum(now, TopicsPerRequest);
        if (due.Count == 0)
            return null;

        if (!hasSettings)
        {
            due.ForEach(name => tracker.SetMinimum(name, 1, TimeSpan.MaxValue));
            return null;
        }

        try
        {
            var resources = due.Select(name => new ConfigResource { Type = ResourceType.Topic, Name = name });
            var options = new DescribeConfigsOptions { RequestTimeout = timeout };
            foreach (var result in admin.DescribeConfigsAsync(resources, options).GetAwaiter().GetResult())
                Take(result.ConfigResource.Name, result.Entries, now);

            return null;
        }
        catch (DescribeConfigsException e)
        {
            return Take(e.Results, now);
        }
        catch (KafkaException)
        {
            // Whether Kafka answers is judged by its metadata; these are asked for again soon.
            due.ForEach(name => tracker.Postpone(name, now + Retry));
            return null;
        }
    }

    private string? Take(List<DescribeConfigsReport> reports, TimeSpan now)
    {
        string? refusal = null;
        foreach (var report in reports)
        {
            string name = report.ConfigResource.Name;
            if (!report.Error.IsError)
            {
                Take(name, report.Entries, now);
            }
            else if (report.Error.Code == ErrorCode.TopicAuthorizationFailed)
            {
                refusal = report.Error.Reason;
                tracker.Postpone(name, now + Interval);
            }
            else
            {
                // Such as a topic made this moment, of which the broker that was asked has not heard.
                tracker.Postpone(name, now + Retry);
            }
        }

        return refusal;
    }

    private void Take(string name, Dictionary<string, ConfigEntryResult> entries, TimeSpan now)
    {
        if (entries.TryGetValue(Setting, out var entry) && int.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int minimum))
            tracker.SetMinimum(name, minimum, now + Interval);
        else
            tracker.Postpone(name, now + Interval);
    }
}
