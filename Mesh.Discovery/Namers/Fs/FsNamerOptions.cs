using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>How a file namer reads.</summary>
public sealed record FsNamerOptions
{
    /// <summary>The directory that holds the files; relative to the working directory.</summary>
    public required string RootDirectory { get; init; }

    public Path Prefix { get; init; } = Path.Of("#", "io.l5d.fs");

    /// <summary>
    /// How often files are looked at whatever the operating system tells, at most <see cref="FsNamer.LooksPerSecond"/>, in turn. Shorter finds
    /// changes sooner where notification is missing (network mounts, some containers).
    /// </summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether to ask the operating system for notification too (the root directory itself; sub-directories are polled).</summary>
    public bool UseNotification { get; init; } = true;

    /// <summary>
    /// Told of each new problem once, on a pool thread, and not again while it comes and goes within a minute; for the log.
    /// Problems of now are in <see cref="FsNamer.Problems"/>.
    /// </summary>
    public Action<string>? Report { get; init; }
}
