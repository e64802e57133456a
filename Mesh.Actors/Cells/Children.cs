using Mesh.Actors.Supervision;

namespace Mesh.Actors.Cells;

/// <summary>A child as its parent keeps it. Everything but the ref belongs to the parent's turn.</summary>
internal sealed class ChildRecord(LocalActorRef actor, long order)
{
    public LocalActorRef Ref { get; } = actor;

    public long Order { get; } = order;

    /// <summary>The parent has asked it to stop.</summary>
    public bool Stopping { get; set; }

    public RestartHistory Restarts { get; set; }

    /// <summary>Failures in a row, for the back-off.</summary>
    public int Failures { get; set; }

    /// <summary>When it was last restarted, on the system's monotonic clock.</summary>
    public TimeSpan? RestartedAt { get; set; }
}

/// <summary>The children of one cell, in order of creation. A name is taken until its holder has fully stopped.</summary>
/// <remarks>Under a lock: only the guardian's children are made from other threads, but the hierarchy is read from any.</remarks>
internal sealed class Children(ActorCell parent)
{
    /// <summary>Most children of one actor.</summary>
    public const int Max = 65_536;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, ChildRecord> _byOrder = [];
    private readonly Dictionary<string, ChildRecord> _byName = new(StringComparer.Ordinal);
    private long _next;
    private bool _closed;

    public ChildRecord[] All
    {
        get
        {
            lock (_lock) return _byOrder.Count == 0 ? [] : [.. _byOrder.Values];
        }
    }

    /// <summary>Whether the parent waits for a child that it has asked to stop.</summary>
    public bool AnyStopping
    {
        get
        {
            lock (_lock) return _byOrder.Values.Any(static child => child.Stopping);
        }
    }

    public ChildRecord? Find(string name)
    {
        lock (_lock) return _byName.GetValueOrDefault(name);
    }

    /// <summary>The record of exactly this ref, not of a namesake.</summary>
    public ChildRecord? Find(IActorRef actor) => Find(actor.Path.Name) is { } child && ReferenceEquals(child.Ref, actor) ? child : null;

    /// <summary>Makes a child's cell and wakes it.</summary>
    public LocalActorRef Start(Props props, string? name)
    {
        if (name is not null && !ActorPath.IsValidName(name))
            throw new ArgumentException($"\"{name}\" is no actor name. {ActorPath.NameRule}", nameof(name));
        LocalActorRef child;
        lock (_lock)
        {
            if (_closed) throw new InvalidOperationException($"{parent.Self.Path} is stopping and takes no children");
            if (_byOrder.Count >= Max) throw new InvalidOperationException($"{parent.Self.Path} has {Max} children, the most there may be");
            long order = ++_next;
            name ??= string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${order}");
            if (_byName.ContainsKey(name)) throw new InvalidActorNameException($"{parent.Self.Path} already has a child \"{name}\"");
            child = new ActorCell(parent.System, props, parent.Self.Path.Child(name, parent.System.NextUid()), parent.Self).Self;
            var entry = new ChildRecord(child, order);
            _byOrder.Add(order, entry);
            _byName.Add(name, entry);
        }

        child.SendSystem(new CreateMessage());
        return child;
    }

    public bool Remove(IActorRef actor)
    {
        lock (_lock)
        {
            if (Find(actor) is not { } child) return false;
            _byName.Remove(actor.Path.Name);
            return _byOrder.Remove(child.Order);
        }
    }

    public void Stop(IActorRef actor)
    {
        if (Find(actor) is { } child) child.Stopping = true;
    }

    /// <summary>Takes no more children and stops all there are; true when there were none.</summary>
    public bool StopAllForGood()
    {
        lock (_lock) _closed = true;
        ChildRecord[] all = All;
        foreach (ChildRecord child in all)
        {
            child.Stopping = true;
            child.Ref.SendSystem(new TerminateMessage());
        }

        return all.Length == 0;
    }
}
