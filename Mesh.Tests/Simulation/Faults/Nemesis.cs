using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Storage;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Faults;

/// <summary>Does to a cluster what a plan says, and undoes it. What overlaps is counted, so that all is healed when the last one ends.</summary>
internal sealed class Nemesis(SimCluster cluster)
{
    private readonly List<Action> _undo = [];

    private SimWorld World => cluster.World;

    /// <summary>Lets the plan begin now.</summary>
    public void Begin(IEnumerable<Fault> plan)
    {
        foreach (Fault fault in plan)
        {
            World.After(fault.At, fault.ToString(), () => Strike(fault));
        }
    }

    /// <summary>Whatever is wrong still is right now; machines without power are back.</summary>
    public void HealAll()
    {
        foreach (Action undo in _undo.ToArray()) undo();
        _undo.Clear();
    }

    public void Strike(Fault fault)
    {
        World.Note(null, $"fault {fault}");
        SimMachine[] nodes = [.. fault.Nodes.Select(index => cluster.Machines[index])];
        SimMachine[] others = [.. fault.Others.Select(index => cluster.Machines[index])];
        Action heal = fault.Kind switch
        {
            FaultKind.Partition => Cut(Both(nodes, others)),
            FaultKind.OneWay => Cut(Pairs(nodes, others)),
            FaultKind.Bridge => Cut(Both(nodes, others[Math.Min(1, others.Length)..])),
            FaultKind.Ring => Cut(Ring(nodes)),
            FaultKind.Flapping => Flap(fault, Both(nodes, others)),
            FaultKind.Loss => Change(Both(nodes, others), link => link.ExtraLoss += fault.Amount, link => link.ExtraLoss -= fault.Amount),
            FaultKind.Delay => Change(
                Both(nodes, others),
                link => link.ExtraDelay += TimeSpan.FromSeconds(fault.Amount), link => link.ExtraDelay -= TimeSpan.FromSeconds(fault.Amount)),
            FaultKind.Narrow => Change(Both(nodes, others), link => link.Share *= fault.Amount, link => link.Share /= fault.Amount),
            _ => StrikeMachines(fault, nodes),
        };
        bool healed = false;
        Action once = () =>
        {
            if (healed) return;
            healed = true;
            World.Note(null, $"heals {fault.Kind}");
            heal();
        };
        _undo.Add(once);
        World.After(fault.Length, $"end of {fault.Kind}", once);
    }

    private Action StrikeMachines(Fault fault, SimMachine[] nodes)
    {
        Action heal = () => { };
        foreach (SimMachine machine in nodes) heal += StrikeMachine(fault, machine);
        return heal;
    }

    private Action StrikeMachine(Fault fault, SimMachine machine)
    {
        SimProcess? process = machine.Process;
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                cluster.Hold(machine);
                process?.Die(machineSpeaks: true, SessionEnd.Broken);
                return () => cluster.Release(machine);
            case FaultKind.PowerCut or FaultKind.DiskLoss:
                cluster.Hold(machine);
                machine.IsOn = false;
                process?.Die(machineSpeaks: false, SessionEnd.Broken);
                machine.Disk.CutPower();
                if (fault.Kind == FaultKind.DiskLoss && cluster.MayLoseDisk(machine)) cluster.LoseDisk(machine);
                return () => cluster.Release(machine);
            case FaultKind.Pause:
                process?.Loop.Pause(fault.Length);
                return () => { };
            case FaultKind.Slow:
                process?.Loop.Slowness = fault.Amount;
                return () => process?.Loop.Slowness = 1;
            case FaultKind.ClockJump:
                machine.WallOffset += TimeSpan.FromSeconds(fault.Amount);
                process?.Loop.WallOffset = machine.WallOffset;
                return () => { };
            case FaultKind.Starvation:
                process?.Dispatcher.StarvedUntil = World.Now + fault.Length;
                return () => { };
            case FaultKind.DiskErrors:
                double half = fault.Amount / 2;
                return Disk(machine, new DiskFaults { Unavailable = half, Unknown = half, MaxLatency = TimeSpan.FromSeconds(2) });
            case FaultKind.DiskFull:
                return Disk(machine, new DiskFaults { Full = true });
            case FaultKind.Reset:
                Reset(machine);
                return () => { };
            case FaultKind.Leave:
                process?.Loop.Post(() => process.Program?.Leave());
                return () => { };
            default:
                throw new InvalidOperationException($"{fault.Kind} strikes no machine");
        }
    }

    private static Action Disk(SimMachine machine, DiskFaults faults)
    {
        machine.Disk.Faults = faults;
        return () => machine.Disk.Faults = DiskFaults.None;
    }

    private static void Reset(SimMachine machine)
    {
        if (machine.Process is not { } process) return;
        foreach (SimPeer peer in process.Messenger.Peers.ToArray())
        {
            foreach (SimSessionSide side in peer.Sides.ToArray())
            {
                // Sometimes only one side notices: half-open.
                process.Messenger.Break(side, SessionEnd.Broken);
                if (process.Chance.Next(3) > 0) side.Peer.Messenger.Break(side.Other, SessionEnd.Broken);
            }
        }
    }

    private Action Flap(Fault fault, (SimMachine From, SimMachine To)[] pairs)
    {
        bool over = false;
        Action? heal = null;
        Turn();
        return () =>
        {
            over = true;
            heal?.Invoke();
            heal = null;
        };

        void Turn()
        {
            if (over) return;
            if (heal is null) heal = Cut(pairs);
            else
            {
                heal();
                heal = null;
            }

            World.After(TimeSpan.FromSeconds(fault.Amount), "flap", Turn);
        }
    }

    private Action Cut((SimMachine From, SimMachine To)[] pairs) => Change(pairs, link => link.Cuts++, link => link.Cuts--);

    private Action Change((SimMachine From, SimMachine To)[] pairs, Action<Link> change, Action<Link> undo)
    {
        Link[] links = [.. pairs.Select(pair => cluster.Network.Link(pair.From, pair.To))];
        foreach (Link link in links) change(link);
        return () =>
        {
            foreach (Link link in links) undo(link);
        };
    }

    private static (SimMachine From, SimMachine To)[] Pairs(SimMachine[] from, SimMachine[] to) =>
        [.. from.SelectMany(_ => to, (first, second) => (first, second)).Where(pair => pair.first != pair.second)];

    private static (SimMachine From, SimMachine To)[] Both(SimMachine[] one, SimMachine[] other) => [.. Pairs(one, other), .. Pairs(other, one)];

    private static (SimMachine From, SimMachine To)[] Ring(SimMachine[] order)
    {
        var far = new List<(SimMachine, SimMachine)>();
        for (int i = 0; i < order.Length; i++)
        {
            for (int j = 0; j < order.Length; j++)
            {
                int distance = Math.Abs(i - j);
                if (distance > 1 && distance < order.Length - 1) far.Add((order[i], order[j]));
            }
        }

        return [.. far];
    }
}
