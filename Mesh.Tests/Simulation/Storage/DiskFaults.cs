namespace Mesh.Tests.Simulation.Storage;

/// <summary>What is wrong with a disk or a database at the moment, as shares of its calls.</summary>
internal sealed record DiskFaults
{
    public static readonly DiskFaults None = new();

    /// <summary>Fails before anything is written.</summary>
    public double Unavailable { get; init; }

    /// <summary>Fails without telling whether it was written; half of these were.</summary>
    public double Unknown { get; init; }

    /// <summary>No room: every write fails, reads go on.</summary>
    public bool Full { get; init; }

    /// <summary>The longest a call takes; most take little.</summary>
    public TimeSpan MaxLatency { get; init; } = TimeSpan.FromMilliseconds(10);
}
