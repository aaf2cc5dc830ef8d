using Microsoft.Net.Http.Headers;

namespace EventBus.Gateway.Events;

/// <summary>How events are written in an answer.</summary>
internal enum AnswerForm
{
    /// <summary>EventBus's own JSON.</summary>
    Json,

    /// <summary><c>application/cloudevents+json</c>: one CloudEvent.</summary>
    CloudEvent,

    /// <summary><c>application/cloudevents-batch+json</c>: an array of CloudEvents.</summary>
    CloudEventBatch,
}

/// <summary>Finds the form that a client asks for.</summary>
internal static class AnswerForms
{
    private const string CloudEvent = "application/cloudevents+json";
    private const string CloudEventBatch = "application/cloudevents-batch+json";

    /// <summary>
    /// The form that <c>Accept</c> weighs most; our own where it names none of these, since an answer that was not asked for still says more
    /// than a 406.
    /// </summary>
    public static AnswerForm Of(HttpRequest request)
    {
        var form = AnswerForm.Json;
        var best = 0.0;
        if (request.Headers.Accept.Count == 0 || !MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var types))
            return form;
        foreach (var type in types)
        {
            AnswerForm? named = type.MediaType.Value?.ToLowerInvariant() switch
            {
                CloudEvent => AnswerForm.CloudEvent,
                CloudEventBatch => AnswerForm.CloudEventBatch,
                "application/json" or "application/*" or "*/*" => AnswerForm.Json,
                _ => null,
            };
            var weight = type.Quality ?? 1;
            if (named is { } asked && weight > best)
                (form, best) = (asked, weight);
        }

        return form;
    }

    /// <summary>The media type.</summary>
    public static string MediaType(this AnswerForm form) => form switch
    {
        AnswerForm.CloudEvent => CloudEvent,
        AnswerForm.CloudEventBatch => CloudEventBatch,
        _ => Publishing.ContentTypes.Json,
    };
}
