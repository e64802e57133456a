using Mesh.Actors.Cells;
using Mesh.Actors.Control;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Actors.Remoting.Sessions;

namespace Mesh.Actors.Remoting.Refs;

/// <summary>
/// Which actors of this node are watched from others. An obituary goes by the user lane, behind what the dead one had said; when it cannot be
/// sent it is kept, and tried again.
/// </summary>
/// <param name="system">Whose actors.</param>
/// <param name="loop">Where all of this runs.</param>
/// <param name="messenger">To the watchers' nodes.</param>
/// <param name="isMember">Whether membership lists a process, and will tell when it is gone.</param>
/// <param name="later">Runs on the loop, behind what the calling thread has sent. Any thread.</param>
internal sealed class WatchedHere(
    ActorSystem system, ControlLoop loop, INodeMessenger messenger, Func<UniqueAddress, bool> isMember, Action<Action> later)
{
    /// <summary>Actors watched from one node.</summary>
    public const int MaxWatchedPerNode = 100_000;

    private readonly Dictionary<ulong, WatchingNode> _nodes = [];
    private readonly ForgottenUids _gone = new(RemoteWatches.MaxGone);

    public void OnWatch(UniqueAddress node, WatchActors message)
    {
        if (_gone.Contains(node.Uid) || (message.Actors.Count == 0 && message.Sync == 0)) return;
        WatchingNode watching = _nodes.TryGetValue(node.Uid, out WatchingNode? found) ? found : _nodes[node.Uid] = Add(node);
        if (message.First) watching.Begin(message.Sync);
        List<WatchKey> dead = [];
        foreach (WatchedActor actor in message.Actors)
        {
            WatchKey key = WatchKey.Of(actor);
            if (!watching.Actors.ContainsKey(key))
            {
                if (system.LocalRefs.Find(key.Path, key.Uid) is not { } local)
                {
                    dead.Add(key);
                    continue;
                }

                if (watching.Actors.Count >= MaxWatchedPerNode)
                {
                    if (!watching.IsFull) system.Log(TooMany(node, key));
                    watching.IsFull = true;
                    continue;
                }

                watching.Watch(key, local);
            }

            if (message.Sync != 0 && watching.Sync == message.Sync) watching.Said.Add(key);
        }

        if (message.Last && watching.Sync == message.Sync) watching.EndSync();
        Tell(watching, dead);
    }

    public void OnUnwatch(UniqueAddress node, UnwatchActors message)
    {
        if (!_nodes.TryGetValue(node.Uid, out WatchingNode? watching)) return;
        foreach (WatchedActor actor in message.Actors) watching.Unwatch(WatchKey.Of(actor));
    }

    /// <summary>What a process that is no member watched is let go after a while: when it comes again it says all anew.</summary>
    public void OnDisconnected(UniqueAddress node)
    {
        if (!_nodes.TryGetValue(node.Uid, out WatchingNode? watching) || isMember(node)) return;
        loop.After(RemoteWatches.StrangerTimeout, () =>
        {
            if (_nodes.GetValueOrDefault(node.Uid) != watching || isMember(node) || messenger.SilentFor(node) is not null) return;
            loop.Reached("a stranger's watches were let go");
            LetGo(node);
        });
    }

    public void OnNodeGone(UniqueAddress node)
    {
        _gone.Add(node.Uid);
        LetGo(node);
    }

    private static Events.LogEvent TooMany(UniqueAddress node, WatchKey key) =>
        new(Events.LogLevel.Warning, "remoting", $"{node} watches {MaxWatchedPerNode} actors here; {key.Path} and more are not watched");

    private void LetGo(UniqueAddress node)
    {
        if (!_nodes.Remove(node.Uid, out WatchingNode? watching)) return;
        watching.Retry?.Cancel();
        foreach (WatchKey key in watching.Actors.Keys.ToArray()) watching.Unwatch(key);
    }

    private WatchingNode Add(UniqueAddress node)
    {
        WatchingNode? made = null;
        ActorPath path = ActorPath.Root(node.Address).Child("watcher");
        SignalRef proxy = new(system, path, signal =>
        {
            if (signal is DiedMessage died) later(() => OnLocalDied(made!, died.Actor));
        });
        return made = new WatchingNode(node, proxy);
    }

    private void OnLocalDied(WatchingNode watching, IInternalActorRef actor) => Tell(watching, watching.Remove(actor));

    private void Tell(WatchingNode watching, List<WatchKey> dead)
    {
        watching.Unsent.AddRange(dead);
        if (watching.Unsent.Count == 0 || watching.Retry is not null || _gone.Contains(watching.Node.Uid)) return;
        List<List<WatchedActor>> parts = [.. WatchKey.Chunks(watching.Unsent)];
        int sent = 0;
        foreach (List<WatchedActor> part in parts)
        {
            if (!messenger.Send(watching.Node, new ActorsDied { Actors = { part } }, Lane.User)) break;
            sent += part.Count;
        }

        watching.Unsent.RemoveRange(0, sent);
        if (watching.Unsent.Count == 0) return;
        loop.Reached("an obituary waits");
        watching.Retry = loop.After(RemoteWatches.RetryInterval, () =>
        {
            watching.Retry = null;
            Tell(watching, []);
        });
    }

    /// <summary>What one node watches here.</summary>
    private sealed class WatchingNode(UniqueAddress node, SignalRef proxy)
    {
        private readonly Dictionary<IInternalActorRef, List<WatchKey>> _keys = [];

        public UniqueAddress Node { get; } = node;

        public SortedDictionary<WatchKey, IInternalActorRef> Actors { get; } = [];

        /// <summary>Obituaries that the messenger did not take.</summary>
        public List<WatchKey> Unsent { get; } = [];

        public ControlTimer? Retry { get; set; }

        /// <summary>It was said once that more are not watched.</summary>
        public bool IsFull { get; set; }

        /// <summary>The list that is being said; 0 for none.</summary>
        public ulong Sync { get; private set; }

        public SortedSet<WatchKey> Said { get; } = [];

        public void Begin(ulong sync)
        {
            Sync = sync;
            Said.Clear();
        }

        public void EndSync()
        {
            foreach (WatchKey key in Actors.Keys.Where(key => !Said.Contains(key)).ToArray()) Unwatch(key);
            Begin(0);
        }

        public void Watch(WatchKey key, IInternalActorRef local)
        {
            Actors.Add(key, local);
            if (_keys.TryGetValue(local, out List<WatchKey>? keys))
            {
                keys.Add(key);
                return;
            }

            _keys[local] = [key];
            local.SendSystem(new WatchMessage(local, proxy));
        }

        public void Unwatch(WatchKey key)
        {
            if (!Actors.Remove(key, out IInternalActorRef? local) || !_keys[local].Remove(key) || _keys[local].Count > 0) return;
            _keys.Remove(local);
            local.SendSystem(new UnwatchMessage(proxy));
        }

        public List<WatchKey> Remove(IInternalActorRef dead)
        {
            if (!_keys.Remove(dead, out List<WatchKey>? keys)) return [];
            foreach (WatchKey key in keys) Actors.Remove(key);
            return keys;
        }
    }
}
