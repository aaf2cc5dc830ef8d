using System.Text.Json;
using System.Text.RegularExpressions;
using EventBus.Contracts;
using EventBus.Gateway;
using EventBus.Gateway.OpenApi;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Settings;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace EventBus.UnitTests.Reading;

/// <summary>The description of the API, held to what is served.</summary>
public sealed class OpenApiTests
{
    private static readonly JsonElement Document = JsonElement.Parse(OpenApiEndpoint.Document);

    [Fact]
    public async Task Paths_EveryMappedRoute_AreTheSame()
    {
        var environment = new EnvironmentReader(new Dictionary<string, string>
        {
            ["KAFKA_BROKERS"] = "127.0.0.1:1",
            ["EVENT_BUS_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none",
        });
        await using var app = GatewayHost.Build(environment, GatewaySettings.Read(environment, isTerminal: false));

        var mapped = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .SelectMany(e => e.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText}"))
            .Where(r => !r.StartsWith("HEAD ", StringComparison.Ordinal));
        var described =
            from path in Document.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            where operation.Name != "parameters"
            select $"{operation.Name.ToUpperInvariant()} {path.Name}";

        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Responses_EveryErrorCode_IsThereUnderItsStatus()
    {
        var named = Schema("ErrorCode").GetProperty("enum").EnumerateArray().Select(c => c.GetString()!);
        Assert.Equal(ErrorCode.All.Select(e => e.Code).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));

        var used = new HashSet<(int Status, string Code)>();
        foreach (var (status, response) in Responses())
        {
            if (!response.GetProperty("content").TryGetProperty("application/problem+json", out var problem))
                continue;
            foreach (var code in problem.GetProperty("schema").GetProperty("allOf")[1].GetProperty("properties").GetProperty("code").GetProperty("enum").EnumerateArray())
                used.Add((status, code.GetString()!));
        }

        Assert.Empty(used.Except(ErrorCode.All.Select(e => (e.Status, e.Code))));
        // What no operation answers: a path that is not there.
        Assert.Equal(["not_found"], ErrorCode.All.Where(e => !used.Contains((e.Status, e.Code))).Select(e => e.Code));
    }

    [Fact]
    public void References_All_AreFoundAndEveryComponentIsUsed()
    {
        var references = Regex.Matches(Document.GetRawText(), "\"\\$ref\": ?\"#/([^\"]+)\"").Select(m => m.Groups[1].Value).ToHashSet();
        Assert.All(references, reference => Assert.NotEqual(JsonValueKind.Undefined, Find(reference).ValueKind));
        var components =
            from kind in Document.GetProperty("components").EnumerateObject()
            from component in kind.Value.EnumerateObject()
            select $"components/{kind.Name}/{component.Name}";

        Assert.Empty(components.Except(references));
    }

    [Fact]
    public async Task Document_ReadByTheStandardsReader_HasNoFault()
    {
        using var stream = new MemoryStream(OpenApiEndpoint.Document);
        var result = await OpenApiDocument.LoadAsync(stream, "json");

        Assert.Empty(result.Diagnostic!.Errors.Select(e => e.ToString()));
        Assert.Empty(result.Diagnostic.Warnings.Select(e => e.ToString()));
        Assert.Equal(Document.GetProperty("paths").EnumerateObject().Count(), result.Document!.Paths.Count);
    }

    private static JsonElement Schema(string name) => Document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private static JsonElement Find(string reference) =>
        reference.Split('/').Aggregate(Document, (at, name) => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var next) ? next : default);

    private static IEnumerable<(int Status, JsonElement Response)> Responses() =>
        from path in Document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where operation.Name != "parameters"
        from response in operation.Value.GetProperty("responses").EnumerateObject()
        let found = response.Value.TryGetProperty("$ref", out var reference) ? Find(reference.GetString()![2..]) : response.Value
        where found.TryGetProperty("content", out _)
        select (int.Parse(response.Name), found);
}
