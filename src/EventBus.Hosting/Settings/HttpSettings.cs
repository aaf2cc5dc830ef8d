using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EventBus.Hosting.Settings;

/// <summary>The gateway's HTTP API.</summary>
public sealed record HttpSettings
{
    /// <summary><c>EVENT_BUS_PORT</c>.</summary>
    public required int Port { get; init; }

    /// <summary><c>EVENT_BUS_H2C_PORT</c>; null is off.</summary>
    public int? H2cPort { get; init; }

    /// <summary><c>EVENT_BUS_READ_TIMEOUT</c>.</summary>
    public required TimeSpan ReadTimeout { get; init; }

    /// <summary><c>EVENT_BUS_WRITE_TIMEOUT</c>.</summary>
    public required TimeSpan WriteTimeout { get; init; }

    /// <summary><c>EVENT_BUS_IDLE_TIMEOUT</c>.</summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>What <c>EVENT_BUS_TLS_CERTIFICATE_FILE</c> and <c>EVENT_BUS_TLS_KEY_FILE</c> hold; null is no TLS.</summary>
    public TlsCertificate? Tls { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static HttpSettings Read(EnvironmentReader environment)
    {
        var settings = new HttpSettings
        {
            Port = environment.Get(SettingsTable.Port),
            H2cPort = environment.GetValueOrNull(SettingsTable.H2cPort),
            ReadTimeout = environment.Get(SettingsTable.ReadTimeout),
            WriteTimeout = environment.Get(SettingsTable.WriteTimeout),
            IdleTimeout = environment.Get(SettingsTable.IdleTimeout),
            Tls = ReadTls(environment),
        };
        if (settings.H2cPort == settings.Port)
            throw EnvironmentReader.Error(SettingsTable.H2cPort, $"\"{settings.Port}\" cannot be used: it takes another port than EVENT_BUS_PORT");
        return settings;
    }

    private static TlsCertificate? ReadTls(EnvironmentReader environment)
    {
        var certificateFile = environment.GetOrNull(SettingsTable.TlsCertificateFile);
        var keyFile = environment.GetOrNull(SettingsTable.TlsKeyFile);
        if (certificateFile is null && keyFile is null)
            return null;
        if (certificateFile is null)
            throw EnvironmentReader.Error(SettingsTable.TlsCertificateFile, "is not set: EVENT_BUS_TLS_KEY_FILE needs it");
        if (keyFile is null)
            throw EnvironmentReader.Error(SettingsTable.TlsKeyFile, "is not set: EVENT_BUS_TLS_CERTIFICATE_FILE needs it");

        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPemFile(certificateFile);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw EnvironmentReader.Error(SettingsTable.TlsCertificateFile,
                $"{EnvironmentReader.Show(certificateFile)} cannot be used: it takes a readable PEM file of certificates");
        }

        try
        {
            return new TlsCertificate(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw EnvironmentReader.Error(SettingsTable.TlsKeyFile,
                $"{EnvironmentReader.Show(keyFile)} cannot be used: it takes the certificate's unencrypted key in a readable PEM file");
        }
    }
}

/// <summary>The certificate that the HTTP API shows.</summary>
/// <param name="Certificate">The server's own, with its key.</param>
/// <param name="Chain">All certificates of the file, so that the intermediate ones are sent too.</param>
public sealed record TlsCertificate(X509Certificate2 Certificate, X509Certificate2Collection Chain);
