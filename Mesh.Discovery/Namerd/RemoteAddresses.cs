using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namerd;

/// <summary>
/// A destination that namerd knows, with its addresses: by a watch of its own, and until that speaks by what the names that lead to it tell.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class RemoteAddresses : INamerdReader, IDisposable
{
    private readonly Lock _gate = new();
    private readonly LiveValue<AddressState> _addresses = new(AddressState.Pending.Instance);
    private readonly NamerdLink _link;
    private NamerdStream? _stream;
    private bool _isWatched;

    public RemoteAddresses(Names.Path id, NamerdLink link)
    {
        _link = link;
        Bound = new BoundName(id, _addresses);
        string of = $"{Uri.EscapeDataString(link.Options.Namespace)}?path={Uri.EscapeDataString(id.ToString())}";
        Target = $"/api/1/addr/{of}&watch=true&{AddressMeta.InstancesParameter}=true";
        Open();
        Problem = _stream is null ? $"more than {NamerdOptions.MaxStreams} watches at {link.Where}: its addresses are those of its names" : null;
    }

    public string Target { get; }

    /// <summary>The one object of its id.</summary>
    public BoundName Bound { get; }

    /// <summary>Names that lead to it. Under the lock of the names.</summary>
    public int Holders { get; set; }

    /// <summary>A destination goes on with the addresses though no name leads here.</summary>
    public bool IsHeard => _addresses.HasSubscribers;

    public string? Problem { get; private set; }

    /// <summary>What a name's document says of it; counts while its own watch is silent.</summary>
    public void Offer(AddressState told)
    {
        lock (_gate)
        {
            if (!_isWatched) Adopt(told);
        }
    }

    public string? Take(ReadOnlySpan<byte> line)
    {
        if (!NamerdJson.TryReadAddresses(line, out AddressState read, out string wrong)) return wrong;
        lock (_gate)
        {
            _isWatched = true;
            Adopt(read);
        }

        return null;
    }

    public void Broken(string reason, bool isRefused)
    {
        Problem = reason.Length > 0 ? reason : null;
        if (reason.Length == 0) return;
        lock (_gate)
        {
            _isWatched = false;
            if (isRefused) Adopt(new AddressState.Failed(reason));
        }
    }

    /// <inheritdoc cref="RemoteName.Open"/>
    public void Open() => _stream ??= NamerdStream.TryOpen(_link, this);

    public void Dispose() => _stream?.Dispose();

    /// <summary>What is good stays until something as good comes: a namer's failure behind namerd does not take addresses away.</summary>
    private void Adopt(AddressState next)
    {
        bool isWorse = next is AddressState.Pending or AddressState.Failed;
        if (isWorse && _addresses.Current is AddressState.Known or AddressState.Neg) return;
        if (next is AddressState.Pending && _addresses.Current is AddressState.Failed) return;
        _addresses.Set(next);
    }
}
