using Mesh.Actors.Cells;
using Mesh.Actors.Control;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Actors.Remoting.Sessions;

namespace Mesh.Actors.Remoting.Refs;

/// <summary>
/// Which actors of other nodes are watched from here. One watch a node and actor crosses the wire, however many watch here. Nothing is
/// acknowledged: after each new session the whole list is said again, and until one comes it is said every <see cref="RetryInterval"/>.
/// </summary>
/// <remarks>
/// On the loop. That a member ended is membership's word. A process that is none (removed before this node joined, or never in) has nobody who says
/// so: its actors count as ended when it had no session for <see cref="StrangerTimeout"/>.
/// </remarks>
internal sealed class RemoteWatches(ControlLoop loop, INodeMessenger messenger, Func<UniqueAddress, bool> isMember)
{
    /// <summary>Removed nodes that are remembered, so that a late watch of their actors is answered at once.</summary>
    public const int MaxGone = 10_000;

    /// <summary>How often an unsaid list of watches is tried again.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    /// <summary>How long an address without a known process may take to answer, before its actors count as not existing.</summary>
    public static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a process that is no member may be without a session, before its actors count as ended: longer than news of a joiner takes.
    /// </summary>
    public static readonly TimeSpan StrangerTimeout = TimeSpan.FromSeconds(30);

    private readonly SortedDictionary<ulong, NodeWatches> _nodes = [];
    private readonly Dictionary<Address, UniqueAddress> _known = [];
    private readonly Dictionary<Address, List<(RemoteActorRef Actor, IInternalActorRef Watcher)>> _unresolved = [];
    private readonly ForgottenUids _gone = new(MaxGone);
    private ulong _syncs;

    public void Watch(RemoteActorRef actor, IInternalActorRef watcher)
    {
        UniqueAddress node = actor.Node;
        if (node.Uid == 0 && !_known.TryGetValue(node.Address, out node!))
        {
            Resolve(actor, watcher);
            return;
        }

        if (_gone.Contains(node.Uid))
        {
            watcher.SendSystem(new DiedMessage(actor));
            return;
        }

        NodeWatches watches = _nodes.TryGetValue(node.Uid, out NodeWatches? found) ? found : _nodes[node.Uid] = Begin(node);
        WatchKey key = WatchKey.Of(actor);
        bool isNew = !watches.Actors.TryGetValue(key, out List<(RemoteActorRef, IInternalActorRef)>? watchers);
        if (isNew) watches.Actors[key] = watchers = [];
        if (!watchers!.Contains((actor, watcher))) watchers.Add((actor, watcher));
        if (!isNew) return;
        if (watches.Connected && messenger.Send(node, new WatchActors { Actors = { key.ToMessage() } }, Lane.System)) return;
        Sync(watches);
    }

    public void Unwatch(RemoteActorRef actor, IInternalActorRef watcher)
    {
        if (actor.Node.Uid != 0)
        {
            if (_nodes.TryGetValue(actor.Node.Uid, out NodeWatches? watches)) Unwatch(watches, actor, watcher);
            return;
        }

        _unresolved.GetValueOrDefault(actor.Node.Address)?.RemoveAll(each => each.Actor.Equals(actor) && each.Watcher == watcher);
        // It was watched at whoever listened there then; another may by now.
        foreach (NodeWatches watches in _nodes.Values.Where(watches => watches.Node.Address == actor.Node.Address)) Unwatch(watches, actor, watcher);
    }

    public void OnDied(UniqueAddress node, ActorsDied message)
    {
        if (!_nodes.TryGetValue(node.Uid, out NodeWatches? watches)) return;
        foreach (WatchedActor actor in message.Actors)
        {
            if (watches.Actors.Remove(WatchKey.Of(actor), out var watchers)) Tell(watchers);
        }
    }

    public void OnConnected(UniqueAddress node)
    {
        _known[node.Address] = node;
        if (_nodes.TryGetValue(node.Uid, out NodeWatches? watches))
        {
            watches.Connected = true;
            Sync(watches);
        }

        if (!_unresolved.Remove(node.Address, out var waiting)) return;
        foreach ((RemoteActorRef actor, IInternalActorRef watcher) in waiting) Watch(actor, watcher);
    }

    public void OnDisconnected(UniqueAddress node)
    {
        if (_known.GetValueOrDefault(node.Address)?.Uid == node.Uid) _known.Remove(node.Address);
        if (!_nodes.TryGetValue(node.Uid, out NodeWatches? watches)) return;
        if (watches.Connected) (watches.Connected, watches.Since) = (false, loop.Now);
        if (watches.Actors.Count == 0 && !isMember(node)) _nodes.Remove(node.Uid);
        else TryLater(watches);
    }

    public void OnNodeGone(UniqueAddress node)
    {
        _gone.Add(node.Uid);
        if (_known.GetValueOrDefault(node.Address)?.Uid == node.Uid) _known.Remove(node.Address);
        if (!_nodes.Remove(node.Uid, out NodeWatches? watches)) return;
        watches.Retry?.Cancel();
        foreach (var watchers in watches.Actors.Values) Tell(watchers);
    }

    private void Unwatch(NodeWatches watches, RemoteActorRef actor, IInternalActorRef watcher)
    {
        WatchKey key = WatchKey.Of(actor);
        if (!watches.Actors.TryGetValue(key, out var watchers)) return;
        watchers.RemoveAll(each => each.Actor.Equals(actor) && each.Watcher == watcher);
        if (watchers.Count > 0) return;
        watches.Actors.Remove(key);
        // Where it does not arrive the other side keeps a watch that the next list ends.
        if (watches.Connected) messenger.Send(watches.Node, new UnwatchActors { Actors = { key.ToMessage() } }, Lane.System);
    }

    private static void Tell(List<(RemoteActorRef Actor, IInternalActorRef Watcher)> watchers)
    {
        foreach ((RemoteActorRef actor, IInternalActorRef watcher) in watchers) watcher.SendSystem(new DiedMessage(actor));
    }

    private NodeWatches Begin(UniqueAddress node) => new(node) { Connected = messenger.SilentFor(node) is not null, Since = loop.Now };

    private void Resolve(RemoteActorRef actor, IInternalActorRef watcher)
    {
        Address address = actor.Node.Address;
        if (!_unresolved.TryGetValue(address, out var waiting))
        {
            _unresolved[address] = waiting = [];
            loop.After(ResolveTimeout, () =>
            {
                if (_unresolved.GetValueOrDefault(address) != waiting) return;
                _unresolved.Remove(address);
                loop.Reached("a watched address did not answer");
                Tell(waiting);
            });
            // An addition of nothing: it only makes a session, which tells who is there.
            messenger.Contact(address, new WatchActors());
        }

        waiting.Add((actor, watcher));
    }

    /// <summary>Says the whole list. The other side lets go what is not in it.</summary>
    private void Sync(NodeWatches watches)
    {
        ulong sync = ++_syncs;
        List<List<WatchedActor>> parts = [.. WatchKey.Chunks(watches.Actors.Keys)];
        bool all = true;
        for (int i = 0; i < parts.Count && all; i++)
        {
            WatchActors part = new() { Actors = { parts[i] }, First = i == 0, Last = i == parts.Count - 1, Sync = sync };
            all = messenger.Send(watches.Node, part, Lane.System);
        }

        if (!all || !watches.Connected) TryLater(watches);
    }

    private void TryLater(NodeWatches watches)
    {
        if (watches.Retry is not null || watches.Actors.Count == 0) return;
        watches.Retry = loop.After(RetryInterval, () =>
        {
            watches.Retry = null;
            if (_nodes.GetValueOrDefault(watches.Node.Uid) != watches || watches.Actors.Count == 0) return;
            if (watches.Connected || isMember(watches.Node) || loop.Now - watches.Since < StrangerTimeout)
            {
                loop.Reached("watches are said again");
                Sync(watches);
                return;
            }

            loop.Reached("a watched stranger did not answer");
            _nodes.Remove(watches.Node.Uid);
            foreach (var watchers in watches.Actors.Values) Tell(watchers);
        });
    }

    private sealed class NodeWatches(UniqueAddress node)
    {
        public UniqueAddress Node { get; } = node;

        public SortedDictionary<WatchKey, List<(RemoteActorRef Actor, IInternalActorRef Watcher)>> Actors { get; } = [];

        public bool Connected { get; set; }

        /// <summary>Without a session since; of no meaning with one.</summary>
        public TimeSpan Since { get; set; }

        public ControlTimer? Retry { get; set; }
    }
}
