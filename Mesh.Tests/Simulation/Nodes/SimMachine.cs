using Mesh.Actors;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Storage;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>A machine: an address, a disk, a clock with its faults, and the process that runs there now, if any.</summary>
internal sealed class SimMachine(int index, Address address, bool isCore, SimNetwork network, SimDisk disk)
{
    public int Index => index;

    public Address Address => address;

    public bool IsCore => isCore;

    public SimNetwork Network => network;

    public SimDisk Disk { get; set; } = disk;

    /// <summary>It has power: its kernel answers even when no process listens.</summary>
    public bool IsOn { get; set; } = true;

    public SimProcess? Process { get; set; }

    /// <summary>Processes started so far.</summary>
    public int Starts { get; set; }

    /// <summary>How fast its clock goes; 1 is true.</summary>
    public double ClockRate { get; set; } = 1;

    public TimeSpan WallOffset { get; set; }

    public long BytesOut { get; set; }

    public long BytesIn { get; set; }

    public long[] BytesByLane { get; } = new long[4];

    public override string ToString() => $"n{index}";
}
