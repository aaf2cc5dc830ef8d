using EventBus.Gateway.Events;
using Microsoft.AspNetCore.Http;

namespace EventBus.UnitTests.Reading;

public sealed class QueryParametersTests
{
    [Theory]
    [InlineData("?topik=x", "invalid_parameter", "/topik")]
    [InlineData("?topic=x&topic=y", "invalid_parameter", "/topic")]
    [InlineData("?topic=", "invalid_parameter", "/topic")]
    [InlineData("?topic=12345678901", "invalid_parameter", "/topic")]
    [InlineData("?topic=a%00b", "invalid_parameter", "/topic")]
    [InlineData("?limit=0", "invalid_parameter", "/limit")]
    [InlineData("?limit=1001", "invalid_parameter", "/limit")]
    [InlineData("?limit=-1", "invalid_parameter", "/limit")]
    [InlineData("?limit=1.0", "invalid_parameter", "/limit")]
    [InlineData("?limit=99999999999999", "invalid_parameter", "/limit")]
    [InlineData("?order=up", "invalid_parameter", "/order")]
    [InlineData("?since=yesterday", "invalid_timestamp", "/since")]
    [InlineData("?since=2024-01-10T10:30:00", "invalid_timestamp", "/since")]
    [InlineData("?since=2024-01-10T10:30:00+01:00", "invalid_timestamp", "/since")]
    [InlineData("?a%2Fb~=1", "invalid_parameter", "/a~1b~0")]
    public void Read_Fault_NamesTheParameter(string query, string code, string field)
    {
        var refusal = Read(query).Refusal;

        Assert.Equal((code, field), (refusal.Error?.Code, refusal.Field));
    }

    [Fact]
    public void Read_TwoFaults_TheFirstStands() => Assert.Equal("/order", Read("?topic=ok&order=up&limit=0").Refusal.Field);

    [Fact]
    public void Read_Nothing_TakesDefaults()
    {
        var parameters = Of("");

        Assert.Null(parameters.Text("topic", 10));
        Assert.Null(parameters.Time("since"));
        Assert.Equal("desc", parameters.Word("order", "desc", "asc"));
        Assert.Equal(100, parameters.Number("limit", 100, 1, 1000));
        Assert.False(parameters.Refusal.IsRefused);
    }

    [Fact]
    public void Time_WithOffset_IsUtcToTheMicrosecond()
    {
        var time = Of("?since=2024-01-10T10:30:00.1234567%2B01:00").Time("since");

        Assert.Equal(new DateTime(2024, 1, 10, 9, 30, 0, DateTimeKind.Utc).AddTicks(1234560), time);
        Assert.Equal(DateTimeKind.Utc, time!.Value.Kind);
    }

    private static QueryParameters Of(string query)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        return new QueryParameters(context.Request, "topic", "order", "limit", "since");
    }

    private static QueryParameters Read(string query)
    {
        var parameters = Of(query);
        parameters.Text("topic", 10);
        parameters.Word("order", "desc", "asc");
        parameters.Number("limit", 100, 1, 1000);
        parameters.Time("since");
        return parameters;
    }
}
