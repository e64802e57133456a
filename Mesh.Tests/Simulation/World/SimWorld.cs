using System.Globalization;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.World;

/// <summary>
/// Everything that can happen, in one thread and one order: a queue of events in virtual time. Two worlds with one seed live through the same.
/// </summary>
/// <remarks>
/// The image is a film: between two pictures nothing happens, and whoever knows the first picture and the seed knows the whole film. Therefore no
/// synchronization context is set while it runs: continuations of finished tasks run at once, in this thread, where the world finished them.
/// </remarks>
internal sealed class SimWorld
{
    private readonly EventQueue _queue;
    private readonly SortedDictionary<string, long> _reached = new(StringComparer.Ordinal);
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _now;
    private SimFailure? _broken;
    private bool _inEvent;

    public SimWorld(ulong seed)
    {
        Seed = seed;
        _queue = new EventQueue(Hashes.Of(seed, 0x51));
        if (SynchronizationContext.Current is not null) throw new InvalidOperationException("a world runs without a synchronization context");
    }

    public ulong Seed { get; }

    public Trace Trace { get; } = new();

    /// <summary>True time, which no node sees.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(_now);

    /// <summary>Whether <see cref="Mesh.Actors.Control.ControlLoop.Chance"/> may say yes: not while the cluster is given time to recover.</summary>
    public bool ChancesOn { get; set; } = true;

    /// <summary>Whether what nodes say of members is noted, for failures and for the trace; measures of thousands of nodes do without.</summary>
    public bool NotesOn { get; init; } = true;

    /// <summary>After each event of a process.</summary>
    public Action<SimProcess>? AfterEvent { get; set; }

    /// <summary>Rare paths that were taken, and how often.</summary>
    public IReadOnlyDictionary<string, long> Reached => _reached;

    public long Events { get; private set; }

    public int Pending => _queue.Count;

    public IEnumerable<ISimEvent> PendingEvents => _queue.Pending;

    public void At(TimeSpan at, ISimEvent item) => _queue.Add(Math.Max(at.Ticks, _now), item);

    public void After(TimeSpan delay, string name, Action work) => At(Now + delay, new WorldEvent(name, work));

    public void RunUntil(TimeSpan end)
    {
        while (_queue.TryTake(end.Ticks, out long at, out ISimEvent? item))
        {
            _now = at;
            if (item.IsCancelled) continue;
            if (item.Owner is not { } owner) Execute(item);
            else if (owner.IsAlive) owner.Loop.Arrive(item, at);
        }

        _now = Math.Max(_now, end.Ticks);
    }

    public void RunFor(TimeSpan duration) => RunUntil(Now + duration);

    /// <summary>Runs until it holds, looking twice a virtual second; false when it never did.</summary>
    public bool RunUntil(Func<bool> holds, TimeSpan atMost)
    {
        TimeSpan end = Now + atMost;
        while (!holds())
        {
            if (Now >= end) return false;
            RunFor(TimeSpan.FromMilliseconds(500));
        }

        return true;
    }

    /// <summary>Runs an event and judges the outcome. What a node's code throws ends the run.</summary>
    public void Execute(ISimEvent item)
    {
        SimProcess? owner = item.Owner;
        Events++;
        _inEvent = true;
        try
        {
            item.Run();
            if (_broken is not null) throw _broken;
            Trace.Add(_now, owner, item, item.TraceCode);
            if (owner is null) return;
            Trace.Fold(owner.Loop.ChanceState);
            AfterEvent?.Invoke(owner);
        }
        catch (Exception cause) when (cause is not SimFailure)
        {
            throw Failure($"{owner?.ToString() ?? "the world"} threw in {item}: {cause.Message}", cause);
        }
        finally
        {
            _inEvent = false;
        }
    }

    public void Reach(string point) => _reached[point] = _reached.GetValueOrDefault(point) + 1;

    public void Note(SimProcess? where, string text) => Trace.Note(_now, where, text);

    public void Assert(bool holds, string invariant, Func<string> what)
    {
        if (!holds) throw Failure($"{invariant}: {what()}");
    }

    /// <summary>Called where a thread that is not the world's could come in.</summary>
    public void AssertThread()
    {
        if (Environment.CurrentManagedThreadId != _thread) throw Failure("a node's work left the world's thread");
    }

    /// <summary>The run is broken from here on, also where whoever it is thrown at catches it: supervisors of actors and tasks do.</summary>
    public SimFailure Failure(string what, Exception? cause = null)
    {
        var failure = new SimFailure(string.Create(CultureInfo.InvariantCulture, $"at {Now}, event {Events}: {what}"), cause);
        if (_inEvent || Environment.CurrentManagedThreadId != _thread) _broken ??= failure;
        return failure;
    }
}

/// <summary>A run that broke a rule.</summary>
internal sealed class SimFailure(string message, Exception? cause = null) : Exception(message, cause);
