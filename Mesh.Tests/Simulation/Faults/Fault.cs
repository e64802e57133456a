using System.Globalization;

namespace Mesh.Tests.Simulation.Faults;

internal enum FaultKind
{
    /// <summary>Nodes and Others cannot talk, either way.</summary>
    Partition,

    /// <summary>Others hear nothing of Nodes; the other way is open.</summary>
    OneWay,

    /// <summary>As Partition, but the first node of Others talks to both sides.</summary>
    Bridge,

    /// <summary>Each machine talks to its two neighbours in a ring only.</summary>
    Ring,

    /// <summary>As Partition, coming and going every Amount seconds.</summary>
    Flapping,

    /// <summary>Messages get lost with a probability of Amount.</summary>
    Loss,

    /// <summary>Everything takes up to Amount seconds more.</summary>
    Delay,

    /// <summary>A share of Amount of the bandwidth is left.</summary>
    Narrow,

    /// <summary>All connections of Nodes are reset.</summary>
    Reset,

    /// <summary>The process is killed; its machine says so.</summary>
    Kill,

    /// <summary>The machine loses power; it comes back at the end with what was synced.</summary>
    PowerCut,

    /// <summary>As PowerCut, and the disk is lost too.</summary>
    DiskLoss,

    /// <summary>The process stands still and then goes on with what it knew.</summary>
    Pause,

    /// <summary>The processor is Amount times slower.</summary>
    Slow,

    /// <summary>The wall clock jumps by Amount seconds.</summary>
    ClockJump,

    /// <summary>Actors get no processor; the control loop does.</summary>
    Starvation,

    /// <summary>The disk fails in a share of Amount of the calls, half of them with unknown outcome.</summary>
    DiskErrors,

    /// <summary>The disk is full.</summary>
    DiskFull,

    /// <summary>The node leaves in order and a new process comes later.</summary>
    Leave,
}

/// <summary>One thing that goes wrong, and when it is right again.</summary>
/// <param name="At">After the beginning of the chaos.</param>
/// <param name="Length">How long.</param>
/// <param name="Kind">What.</param>
/// <param name="Nodes">Machines it strikes, in order.</param>
/// <param name="Others">The other side, where there is one.</param>
/// <param name="Amount">How much; its meaning is the kind's.</param>
internal sealed record Fault(TimeSpan At, TimeSpan Length, FaultKind Kind, int[] Nodes, int[] Others, double Amount)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{At:mm\\:ss\\.fff} for {Length.TotalSeconds:0.0} s: {Kind} [{string.Join(' ', Nodes)}]"
        + $"{(Others.Length == 0 ? "" : $" / [{string.Join(' ', Others)}]")}{(Amount == 0 ? "" : $" {Amount:0.###}")}");
}
