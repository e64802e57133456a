using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>One run of the program on a machine, from start to death.</summary>
internal sealed class SimProcess
{
    private SplitMix64 _chance;

    public SimProcess(SimMachine machine, SimWorld world, NodeHello hello)
    {
        Machine = machine;
        World = world;
        ulong seed = Hashes.Of(world.Seed, (ulong)machine.Index, (ulong)++machine.Starts);
        Incarnation = machine.Starts;
        _chance = new SplitMix64(seed);
        Self = new UniqueAddress(machine.Address, _chance.Next());
        Loop = new SimControlLoop(world, this, _chance.Next(), machine.ClockRate) { WallOffset = machine.WallOffset };
        Time = new SimTimeProvider(Loop);
        Dispatcher = new SimDispatcher(world, this, _chance.Next());
        Messenger = new SimMessenger(this, hello);
        Services = new NodeServices(Loop, Messenger, machine.Disk.Open(this), null, Say);
    }

    public SimMachine Machine { get; }

    public SimWorld World { get; }

    public int Incarnation { get; }

    public UniqueAddress Self { get; }

    public SimControlLoop Loop { get; }

    public SimTimeProvider Time { get; }

    public SimDispatcher Dispatcher { get; }

    public SimMessenger Messenger { get; }

    public NodeServices Services { get; }

    public bool IsAlive { get; private set; } = true;

    public TimeSpan StartedAt { get; init; }

    public TimeSpan DiedAt { get; private set; }

    /// <summary>What runs in it.</summary>
    public SimProgram? Program { get; set; }

    /// <summary>Chance of the world in matters of this process; not the process's own.</summary>
    public ref SplitMix64 Chance => ref _chance;

    /// <summary>It ends now, in the middle of whatever it was at.</summary>
    /// <param name="machineSpeaks">The machine lives on and closes its connections.</param>
    /// <param name="why">How the peers see it.</param>
    public void Die(bool machineSpeaks, SessionEnd why)
    {
        if (!IsAlive) return;
        World.Note(this, "dies");
        Messenger.Die(machineSpeaks, why);
        (IsAlive, DiedAt) = (false, World.Now);
        if (Machine.Process == this) Machine.Process = null;
    }

    public override string ToString() => $"n{Machine.Index}.{Incarnation}";

    private void Say(LogEvent entry) => World.Note(this, $"{entry.Level}: {entry.Source}: {entry.Message}");
}
