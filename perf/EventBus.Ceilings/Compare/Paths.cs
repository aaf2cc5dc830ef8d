namespace EventBus.Ceilings.Compare;

/// <summary>Where things lie.</summary>
/// <param name="Root">The repository.</param>
internal sealed record Paths(string Root)
{
    public string Work { get; } = Directory.CreateDirectory(Path.Combine(Root, ".dev", "perf")).FullName;

    public string Results => Path.Combine(Directory.CreateDirectory(Path.Combine(Root, "artifacts", "perf")).FullName, "results.json");

    /// <summary>This program, as it was published.</summary>
    public string Ceilings => Published("EVENT_BUS_CEILINGS_BINARY", "ceilings", "ceilings");

    /// <summary>The gateway's native binary.</summary>
    public string Gateway => Published("EVENT_BUS_GATEWAY_BINARY", "gateway", "event-bus-gateway");

    /// <summary>The gateway's image, unpacked; null where none was built.</summary>
    public static string? Image => Environment.GetEnvironmentVariable("EVENT_BUS_GATEWAY_ROOTFS");

    private string Published(string variable, string folder, string name)
    {
        var path = Environment.GetEnvironmentVariable(variable) ?? Path.Combine(Root, "artifacts", "publish", folder, name);
        return File.Exists(path) ? path : throw new OptionException($"{path} is not there; publish it, or set {variable}");
    }
}
