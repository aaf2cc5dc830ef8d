using System.Text;
using CloudNative.CloudEvents;

namespace EventBus.TestKit.Records;

/// <summary>
/// Decodes a record as the CloudEvents Kafka protocol binding 1.0.2 says (binary content mode), with the CloudEvents SDK's own attributes
/// and validation: <c>ce_</c> headers are attributes, <c>content-type</c> is <c>datacontenttype</c>, the value is the data.
/// </summary>
public static class CloudEventRecords
{
    private const string Prefix = "ce_";

    /// <summary>The event; the SDK throws where it is not a valid one.</summary>
    public static CloudEvent Decode(KafkaRecord record)
    {
        var version = CloudEventsSpecVersion.FromVersionId(record.Header("ce_specversion"))
            ?? throw new ArgumentException("The record has no known ce_specversion.", nameof(record));
        var cloudEvent = new CloudEvent(version);
        foreach (var (name, value) in record.Headers)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name != "ce_specversion")
                cloudEvent.SetAttributeFromString(name[Prefix.Length..], Encoding.UTF8.GetString(value));
        }

        cloudEvent.DataContentType = record.Header("content-type");
        cloudEvent.Data = record.Value;
        return cloudEvent.Validate();
    }
}
