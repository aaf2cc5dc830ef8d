using Npgsql;

namespace EventBus.Postgres;

/// <summary>Reads <c>EVENT_BUS_DATABASE_URL</c>.</summary>
internal static class ConnectionString
{
    /// <summary>A libpq URI or an Npgsql connection string, with our defaults for what it leaves out.</summary>
    /// <exception cref="FormatException">Npgsql cannot read it; the message never holds the password.</exception>
    public static NpgsqlConnectionStringBuilder Read(string url)
    {
        try
        {
            var given = url.Contains("://", StringComparison.Ordinal) ? FromUri(new Uri(url)) : new NpgsqlConnectionStringBuilder(url);
            return WithDefaults(given);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            // Not Npgsql's own message: of a password with a semicolon it names the half that it takes for an option.
            throw new FormatException("cannot be read as a connection string: it takes the names and values of Npgsql's options");
        }
    }

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        var connection = new NpgsqlConnectionStringBuilder { Host = uri.Host, Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]) };
        if (uri.Port > 0)
            connection.Port = uri.Port;
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            connection.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2)
            connection.Password = Uri.UnescapeDataString(user[1]);
        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            // libpq's names for what Npgsql calls otherwise; the rest is given to Npgsql by its own names.
            var name = Uri.UnescapeDataString(pair[0]) switch { "sslmode" => "SSL Mode", "application_name" => "Application Name", "connect_timeout" => "Timeout", var other => other };
            try
            {
                connection[name] = Uri.UnescapeDataString(pair.Length == 2 ? pair[1] : "");
            }
            catch (Exception e) when (IsRefusal(e))
            {
                throw new FormatException($"cannot be read as a connection string: its option {pair[0]} is unknown or has a value that cannot be used");
            }
        }

        return connection;
    }

    private static bool IsRefusal(Exception e) => e is ArgumentException or KeyNotFoundException or InvalidCastException;

    private static NpgsqlConnectionStringBuilder WithDefaults(NpgsqlConnectionStringBuilder connection)
    {
        // Found dead in seconds: a silent peer would otherwise hold a partition until TCP gives up, after a quarter of an hour.
        if (!connection.ShouldSerialize("Keepalive"))
            connection.KeepAlive = 10;
        if (!connection.ShouldSerialize("Timeout"))
            connection.Timeout = 5;
        if (!connection.ShouldSerialize("Command Timeout"))
            connection.CommandTimeout = 30;
        connection.MaxAutoPrepare = 0;
        connection.IncludeErrorDetail = false;
        return connection;
    }
}
