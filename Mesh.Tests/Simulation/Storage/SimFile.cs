namespace Mesh.Tests.Simulation.Storage;

/// <summary>A file of a simulated disk: what is done to it is done in order, beside the other files.</summary>
internal sealed class SimFile
{
    /// <summary>What was called and is not done yet.</summary>
    public List<SimWrite> Tail { get; } = [];

    public TimeSpan BusyUntil { get; set; }
}

/// <summary>Something that a file does at one moment, or never.</summary>
internal sealed class SimWrite(Action work)
{
    /// <summary>The power went before.</summary>
    public bool IsOver { get; set; }

    public void Apply() => work();
}
