using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Wire;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>Where the present request goes: its binding, held until it ends, its service, and the backend that was drawn for it.</summary>
/// <remarks>Hot path: one object per client connection, reused.</remarks>
internal sealed class Route(Router router)
{
    private ServiceBinding<Backend>? _binding;

    /// <summary>Null until the name has led somewhere.</summary>
    public ServiceProfile? Service { get; private set; }

    public Backend? Backend { get; private set; }

    /// <summary>Null before a name was found, and after the request.</summary>
    public ServiceBinding<Backend>? Binding => _binding;

    /// <summary>What the namer left of the name, as text; empty where nothing was left.</summary>
    public byte[] Residual { get; private set; } = [];

    /// <summary>Identifies and binds with what is known already; false when something must be waited for, or is wrong.</summary>
    public bool TryFind(RequestHead head, ref SplitMix64 random)
    {
        Service = null;
        Backend = null;
        if (!router.TryIdentify(head, out ReadOnlySpan<byte> key)) return false;
        _binding = router.Bind(key);
        return _binding.Current is { Failure: null } bound && TryDraw(bound, ref random);
    }

    /// <summary>Waits for what <see cref="TryFind"/> missed, at most as long as a binding may take.</summary>
    /// <param name="seed">For the draw.</param>
    /// <param name="left">How long the request's caller waits still.</param>
    public async ValueTask<FaultReport> FindColdAsync(ulong seed, TimeSpan left)
    {
        if (_binding is null) return RouteFaults.Unidentified(router);
        TimeSpan timeout = router.BindingTimeoutOf(_binding, left);
        BindingSnapshot<Backend>? bound = await _binding.WaitAsync(timeout);
        FaultReport report = RouteFaults.OfBinding(_binding, bound, timeout);
        SplitMix64 random = new(seed);
        return report.IsNone && !TryDraw(bound!, ref random) ? await RouteFaults.AwaitAddressesAsync(Backend, _binding, timeout) : report;
    }

    /// <summary>
    /// Draws again when the drawn destination was let go of between the look at the binding and the pick: the binding leads elsewhere by now.
    /// </summary>
    public bool TryDrawAgain(ref SplitMix64 random) =>
        Backend is { Destination.IsClosed: true } && _binding?.Current is { Failure: null } bound && TryDraw(bound, ref random);

    /// <summary>The request is over.</summary>
    public void Release()
    {
        _binding?.Release();
        _binding = null;
    }

    private bool TryDraw(BindingSnapshot<Backend> bound, ref SplitMix64 random)
    {
        Service = router.Profile(_binding!);
        WeightedLeaf<Backend> leaf = bound.Pick(ref random);
        Backend = leaf.Destination;
        Residual = leaf.ResidualText;
        return Backend is { Destination.Current.State: DestinationState.Available };
    }
}
