using System.Collections.Concurrent;
using System.Net;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

/// <summary>
/// A world of names for tests, told by their first words: <c>/$/inet/HOST/PORT</c> and <c>/$/inet/PORT</c> have an address, <c>/$/nil</c> is
/// <c>$</c>, <c>/$/fail</c> is <c>!</c>, any other <c>/$</c> and all of <c>/#/error</c> fail, <c>/#/wait</c> is pending until it is told.
/// </summary>
internal sealed class FakeNamers
{
    public static readonly AddressState SomeAddress =
        new AddressState.Known([new WeightedAddress(new IPEndPoint(IPAddress.Loopback, 80), NameTree.DefaultWeight)]);

    private readonly ConcurrentDictionary<Path, BoundName> _names = [];
    private readonly LiveValue<NameState> _waiting = new(NameState.Pending.Instance);

    /// <summary>Watches that are not disposed yet.</summary>
    public int Open;

    /// <summary>Ends the wait below <c>/#/wait</c>.</summary>
    public void Tell(NameState state) => _waiting.Set(state);

    public NameState Lookup(Path path) => path.Segments.AsSpan() switch
    {
        ["$", "inet", _, var port, ..] when int.TryParse(port, out _) => To(path, 4),
        ["$", "inet", var port, ..] when int.TryParse(port, out _) => To(path, 3),
        ["$", "nil", ..] => new NameState.Resolved(new NameTree<Name>.Empty()),
        ["$", "fail", ..] => new NameState.Resolved(new NameTree<Name>.Fail()),
        ["$", var kind, ..] => new NameState.Failed($"Unknown namer: {kind} for path: {path}"),
        ["#", "error", ..] => new NameState.Failed($"error naming {path}"),
        ["#", "wait", ..] => _waiting.Current,
        ["#", "rewrite", ..] => new NameState.Resolved(NameTree.Leaf<Name>(new Name.Unbound(path.Drop(2)))),
        ["#inet", _, _, ..] => To(path, 3),
        ["#", "namer", ..] => To(path, 2),
        _ => NameState.Resolved.Neg,
    };

    public INameWatch Watch(Path path)
    {
        Interlocked.Increment(ref Open);
        Action release = () => Interlocked.Decrement(ref Open);
        return path.StartsWith(Path.Of("#", "wait")) ? new WaitingWatch(_waiting, release) : new FixedNameWatch(Lookup(path), release);
    }

    private NameState.Resolved To(Path path, int consumed)
    {
        BoundName name = _names.GetOrAdd(path.Take(consumed), static id => new BoundName(id, new LiveValue<AddressState>(SomeAddress)));
        return NameState.Resolved.To(name, path.Drop(consumed));
    }

    private sealed class WaitingWatch(LiveValue<NameState> state, Action release) : INameWatch
    {
        public NameState Current => state.Current;

        public IDisposable OnChange(Action changed) => state.OnChange(changed);

        public void Dispose() => release();
    }
}
