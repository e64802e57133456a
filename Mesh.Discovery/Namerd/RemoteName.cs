using System.Collections.Immutable;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namerd;

/// <summary>A name that namerd binds by given rules: live, shared by all who ask for the same.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class RemoteName : INamerdReader, IDisposable
{
    private readonly NamerdNames _names;
    private readonly Lock _gate = new();
    private readonly LiveValue<NameState> _state = new(NameState.Pending.Instance);
    private readonly ChangeStamp _changed;
    private readonly NamerdLink _link;
    private NamerdStream? _stream;
    private ImmutableArray<RemoteAddresses> _leaves = [];
    private bool _isClosed;

    public RemoteName(RemoteKey key, NamerdNames names, NamerdLink link)
    {
        (Key, _names, _link) = (key, names, link);
        _changed = new ChangeStamp(link.Time);
        string dtab = key.Dtab.Length == 0 ? "" : $"&dtab={Uri.EscapeDataString(key.Dtab)}";
        string path = Uri.EscapeDataString(key.Path.ToString());
        Target = $"/api/1/bind/{Uri.EscapeDataString(link.Options.Namespace)}?path={path}{dtab}&watch=true&{AddressMeta.InstancesParameter}=true";
        Open();
        if (_stream is null) _state.Set(new NameState.Failed($"more than {NamerdOptions.MaxStreams} watches at {link.Where}"));
    }

    public RemoteKey Key { get; }

    public string Target { get; }

    public ILive<NameState> State => _state;

    /// <summary>Those who watch it. Under the lock of the names.</summary>
    public int Watchers { get; set; }

    public string? Problem { get; private set; }

    public NameStatus Status
    {
        get
        {
            IEnumerable<AddressState> states = _leaves.Select(static leaf => leaf.Bound.Addresses.Current);
            ImmutableArray<WeightedAddress> addresses = [.. states.OfType<AddressState.Known>().SelectMany(static known => known.Addresses)];
            string state = _state.Current switch
            {
                NameState.Pending => NameStatus.Pending,
                NameState.Failed => NameStatus.Failed,
                _ => _leaves.IsEmpty ? NameStatus.Neg : NameStatus.Bound,
            };
            string? of = Problem ?? _leaves.Select(static leaf => leaf.Problem).FirstOrDefault(static problem => problem is not null);
            return new NameStatus(Key.Path, state, _changed.At, addresses, of ?? "");
        }
    }

    public string? Take(ReadOnlySpan<byte> line)
    {
        if (!NamerdJson.TryReadTree(line, out NameTree<RemoteLeaf> tree, out string wrong)) return wrong;
        ImmutableArray<RemoteAddresses>.Builder leaves = ImmutableArray.CreateBuilder<RemoteAddresses>();
        NameTree<Name> bound = tree.Map<RemoteLeaf, Name>(leaf =>
        {
            RemoteAddresses addresses = _names.Hold(leaf.Id);
            leaves.Add(addresses);
            // Who hears that the name is bound finds addresses.
            addresses.Offer(leaf.Addresses);
            return new Name.Bound(addresses.Bound, leaf.Residual);
        });
        ImmutableArray<RemoteAddresses> now = leaves.ToImmutable();
        bool isOpen = TryExchange(now, out ImmutableArray<RemoteAddresses> former);
        if (isOpen) _changed.Note(_state.Set(new NameState.Resolved(bound)));
        _names.Release(former);
        return null;
    }

    public void Broken(string reason, bool isRefused)
    {
        Problem = reason.Length > 0 ? reason : null;
        if (reason.Length == 0 || _state.Current is NameState.Resolved) return;
        _changed.Note(_state.Set(isRefused ? new NameState.Failed(reason) : new NameState.Pending { Why = reason }));
    }

    /// <summary>Begins to watch, if there was no room for it before and is now. Under the lock of the names, or before others know of it.</summary>
    public void Open() => _stream ??= NamerdStream.TryOpen(_link, this);

    public void Dispose()
    {
        _stream?.Dispose();
        ImmutableArray<RemoteAddresses> last;
        lock (_gate) (_isClosed, last, _leaves) = (true, _leaves, []);
        _names.Release(last);
    }

    /// <summary>Holds others from now on. Those to let go come out: once it is closed, the new ones themselves.</summary>
    private bool TryExchange(ImmutableArray<RemoteAddresses> now, out ImmutableArray<RemoteAddresses> former)
    {
        lock (_gate)
        {
            former = _isClosed ? now : _leaves;
            if (!_isClosed) _leaves = now;
            return !_isClosed;
        }
    }
}

/// <summary>What namerd is asked: a name, and the rules that come behind those it keeps.</summary>
/// <param name="Dtab">Canonical text; empty for none.</param>
/// <param name="Path">The service name.</param>
internal readonly record struct RemoteKey(string Dtab, Names.Path Path);
