using Mesh.Wire.Loops;

namespace Mesh.Fuzz.World;

/// <summary>A connection's surroundings: loop, transport, flows and what they hold, and what must be so when all is over.</summary>
internal abstract class Stage : IDisposable
{
    /// <summary>Longer than any timeout.</summary>
    private static readonly TimeSpan s_long = TimeSpan.FromDays(400);

    /// <summary>After which a timer that was cancelled has left its wheel.</summary>
    private static readonly TimeSpan s_wheelTurn = TimeSpan.FromSeconds(20);

    private readonly BufferWatch _buffers = new();
    private readonly Queue<LoopSource<bool>> _gates = new();
    private readonly List<Task> _flows = [];

    protected Stage()
    {
        Loop = new FuzzLoop(Faults);
        Transport = new FuzzTransport(Loop);
    }

    public List<string> Faults { get; } = [];

    public FuzzLoop Loop { get; }

    public FuzzTransport Transport { get; }

    /// <summary>Times that the connection's end was told.</summary>
    public int Closed { get; set; }

    /// <summary>Nothing was done to it but bytes: all that was asked for can be answered.</summary>
    public bool IsPlain { get; private set; } = true;

    /// <summary>Goes through the script.</summary>
    public void Play(IEnumerable<byte[]> parts)
    {
        foreach (byte[] part in parts)
        {
            if (part.Length == 0) continue;
            Do(part);
            Loop.Settle();
            BufferWatch.Look();
            Look();
            RequireNoFault();
        }
    }

    /// <summary>The peer goes; then nothing may be left.</summary>
    public void EndAll()
    {
        OpenGates();
        Transport.GiveRoom(-1);
        Transport.End();
        OpenGates();
        Look();
        for (int round = 0; round < 4 && !IsOver; round++)
        {
            Loop.Pass(s_long);
            OpenGates();
        }

        Loop.Settle();
        Look();
        RequireNoFault();
        FuzzFaultException.Require(IsOver, "it hangs: the peer is gone, every deadline is over, and the connection is open");
        FuzzFaultException.Require(Closed == 1, $"its end was not told once: {Closed}");
        FuzzFaultException.Require(_flows.TrueForAll(static flow => flow.IsCompleted), "it hangs: a flow goes on after its connection's end");
        Loop.Pass(s_wheelTurn);
        FuzzFaultException.Require(Loop.Wheel.Count == 0, $"timers stay behind: {Loop.Wheel.Count}");
        _buffers.RequireAllBack();
    }

    /// <summary>A flow that is to be over, without an exception, by the end.</summary>
    public void Run(Func<Task> flow) => _flows.Add(flow());

    /// <summary>A flow stands still here until the script lets it go on.</summary>
    public ValueTask<bool> Stand()
    {
        LoopSource<bool> gate = new();
        _gates.Enqueue(gate);
        return gate.Arm();
    }

    public void Dispose() => Loop.Dispose();

    protected void OpenGates()
    {
        Loop.Settle();
        while (_gates.TryDequeue(out LoopSource<bool>? gate))
        {
            gate.Complete(true);
            Loop.Settle();
        }
    }

    /// <summary>Nothing more is to come of it.</summary>
    protected virtual bool IsOver => Transport.IsClosed;

    /// <summary>Nothing is held now.</summary>
    protected void RequireBuffersBack() => _buffers.RequireAllBack();

    protected abstract void Drain();

    /// <summary>What must hold after each event.</summary>
    protected virtual void Look()
    {
    }

    /// <summary>An event that only this stage knows. False: it is none.</summary>
    protected virtual bool TryDo(byte[] part) => false;

    /// <summary>These bytes arrive.</summary>
    protected virtual void OnDeliver(ReadOnlySpan<byte> bytes)
    {
    }

    private void Do(byte[] part)
    {
        if (TryDo(part)) return;
        IsPlain &= part[0] is < Script.Room or Script.Silent or Script.Go;
        switch (part[0])
        {
            case Script.Room: Transport.GiveRoom(Script.RoomOf(part)); break;
            case Script.Tick: Loop.Pass(s_long); break;
            case Script.Fin: Transport.End(); break;
            case Script.Reset: Transport.Reset(); break;
            case Script.Drain: Drain(); break;
            case Script.Go:
                if (_gates.TryDequeue(out LoopSource<bool>? gate)) gate.Complete(true);
                break;
            case var _ when Transport.PeerEnded: break; // Nothing follows a FIN or a reset.
            default:
                OnDeliver(part.AsSpan(1));
                Transport.Deliver(part[1..], tells: part[0] != Script.Silent);
                break;
        }
    }

    private void RequireNoFault()
    {
        foreach (Task flow in _flows)
        {
            if (!flow.IsFaulted) continue;
            Exception? why = flow.Exception.InnerException;
            Faults.Add(why is FuzzFaultException ? why.Message : $"crash: a flow threw {why}");
        }

        if (Faults.Count > 0) throw new FuzzFaultException(Faults[0]);
    }
}
