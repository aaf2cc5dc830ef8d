using EventBus.Core.Settings;
using EventBus.Postgres;

namespace EventBus.UnitTests.Postgres;

public sealed class ConnectionStringTests
{
    [Fact]
    public void Read_Uri_UnescapesItsPartsAndTakesOptions()
    {
        var read = ConnectionString.Read("postgresql://us%40er:p%3Aw%2Fd@db.example:6543/my%20events?sslmode=require&application_name=x&Command%20Timeout=7");

        Assert.Equal(("db.example", 6543, "us@er", "p:w/d", "my events"), (read.Host, read.Port, read.Username, read.Password, read.Database));
        Assert.Equal((Npgsql.SslMode.Require, "x", 7), (read.SslMode, read.ApplicationName, read.CommandTimeout));
    }

    [Fact]
    public void Read_WithoutOptions_HasOurDefaults()
    {
        foreach (var url in new[] { "postgres://db/events", "Host=db;Database=events" })
        {
            var read = ConnectionString.Read(url);
            Assert.Equal((5432, 10, 5, 30), (read.Port, read.KeepAlive, read.Timeout, read.CommandTimeout));
        }

        Assert.Equal(0, ConnectionString.Read("Host=db;Database=events;Keepalive=0").KeepAlive);
    }

    [Theory]
    [InlineData("postgresql://user:hunter2@db/events?sslmode=sometimes")]
    [InlineData("postgresql://user:hunter2@db/events?no_such_option=1")]
    [InlineData("Host=db;Port=many;Password=hunter2")]
    [InlineData("Host=db;Password=abc;hunter2=1")]
    [InlineData("Host=db;Password='hunter2")]
    public void Database_OfWhatCannotBeRead_ThrowsOneLineWithoutThePassword(string url)
    {
        var error = Assert.Throws<FormatException>(() => new Database(new DatabaseSettings { Url = url }, "test"));

        Assert.DoesNotContain("hunter2", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
