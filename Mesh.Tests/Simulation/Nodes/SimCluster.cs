using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Storage;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>The machines, and the supervisor that starts a new process where one ended.</summary>
internal sealed class SimCluster
{
    private readonly Func<SimProcess, SimProgram> _compose;
    private readonly Dictionary<SimMachine, int> _holds = [];
    private SplitMix64 _chance;

    /// <param name="world">Where it lives.</param>
    /// <param name="settings">Of the network.</param>
    /// <param name="catalog">What may be sent.</param>
    /// <param name="core">Machines with the role core; they come first.</param>
    /// <param name="edge">The others.</param>
    /// <param name="compose">Makes what runs in a process.</param>
    public SimCluster(SimWorld world, NetworkSettings settings, MessageCatalog catalog, int core, int edge, Func<SimProcess, SimProgram> compose)
    {
        (World, _compose, _chance) = (world, compose, new SplitMix64(Hashes.Of(world.Seed, 0xC1)));
        Network = new SimNetwork(world, settings, catalog);
        CoreCount = core;
        Machines = new SimMachine[core + edge];
        for (int i = 0; i < Machines.Length; i++)
        {
            var address = new Address("sim", $"10.0.{i / 250}.{i % 250}", 4000);
            var disk = new SimDisk(world, Hashes.Of(world.Seed, 0xD15C, (ulong)i));
            Machines[i] = new SimMachine(i, address, i < core, Network, disk);
            Network.Add(Machines[i]);
        }

        world.AfterEvent = AfterEvent;
    }

    public SimWorld World { get; }

    public SimNetwork Network { get; }

    public SimMachine[] Machines { get; }

    public int CoreCount { get; }

    /// <summary>What is looked at after each event of a process.</summary>
    public List<Action<SimProcess>> Checks { get; } = [];

    /// <summary>Whether the cluster could bear the loss of that machine's disk now. Where it could not, the machine only loses its power.</summary>
    public Func<SimMachine, bool> MayLoseDisk { get; set; } = static _ => true;

    public IEnumerable<SimProcess> Living => Machines.Select(machine => machine.Process).OfType<SimProcess>();

    public event Action<SimProcess>? Started;

    /// <summary>Every machine starts its process within that time.</summary>
    public void StartAll(TimeSpan within)
    {
        foreach (SimMachine machine in Machines) StartLater(machine, within * _chance.NextDouble());
    }

    public SimProcess Start(SimMachine machine)
    {
        var hello = new NodeHello("sim", null, $"node-{machine.Index}", machine.IsCore ? ["core"] : ["edge"], "1.0", 1, 1, 7);
        var process = new SimProcess(machine, World, hello) { StartedAt = World.Now };
        machine.Process = process;
        process.Program = _compose(process);
        World.Note(process, $"starts as {process.Self}");
        Started?.Invoke(process);
        process.Loop.Post(process.Program.Start);
        return process;
    }

    /// <summary>No process is started there until released as often as held.</summary>
    public void Hold(SimMachine machine) => _holds[machine] = _holds.GetValueOrDefault(machine) + 1;

    public void Release(SimMachine machine)
    {
        if (--_holds[machine] > 0) return;
        machine.IsOn = true;
        StartLater(machine, TimeSpan.FromSeconds(0.1 + _chance.NextDouble()));
    }

    public void LoseDisk(SimMachine machine) =>
        machine.Disk = new SimDisk(World, Hashes.Of(World.Seed, 0xD15C, (ulong)(machine.Index + (machine.Starts << 20))));

    private void StartLater(SimMachine machine, TimeSpan delay) => World.After(delay, $"start of {machine}", () =>
    {
        if (machine.Process is null && _holds.GetValueOrDefault(machine) == 0) Start(machine);
    });

    private void AfterEvent(SimProcess process)
    {
        foreach (Action<SimProcess> check in Checks) check(process);
        if (!process.IsAlive || process.Program is not { WantsToEnd: true }) return;
        process.Die(machineSpeaks: true, SessionEnd.Closed);
        StartLater(process.Machine, TimeSpan.FromSeconds(1 + (4 * _chance.NextDouble())));
    }
}
