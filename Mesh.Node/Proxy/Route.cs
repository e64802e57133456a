using Mesh.Node.Proxy.Policies;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Telemetry;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy;

/// <summary>Where the present request goes: its binding, held until it ends, its service, and the backend that was drawn for it.</summary>
/// <remarks>Hot path: one object per client connection, reused.</remarks>
/// <param name="router">Whose names they are.</param>
/// <param name="ignoresContext">
/// Neither rules that a request brings nor a name in an <c>l5d-*</c> header are looked at: its context is cleared.
/// </param>
internal sealed class Route(Router router, bool ignoresContext = false)
{
    /// <summary>How often a request that is led to nobody looks where its name leads by now; each look needs another change.</summary>
    public const int MaxLooks = 3;

    private ServiceBinding<Backend>? _binding;
    private FaultReport _refusal;

    /// <summary>Null until the name has led somewhere.</summary>
    public ServiceProfile? Service { get; private set; }

    public Backend? Backend { get; private set; }

    /// <summary>The series of the service with its backend.</summary>
    public PairMetrics? Pair { get; private set; }

    /// <summary>Bytes at the front of the request's target that named it and are not forwarded (<see cref="HeadEdits.TargetSkip"/>).</summary>
    public int ConsumedTarget { get; private set; }

    /// <summary>The line <c>l5d-ctx-dtab</c> for the backend; null when the request brought no rules.</summary>
    public byte[]? ContextLines => Service?.ContextLines;

    /// <summary>Null before a name was found, and after the request.</summary>
    public ServiceBinding<Backend>? Binding => _binding;

    /// <summary>What the namer left of the name, as text; empty where nothing was left.</summary>
    public byte[] Residual { get; private set; } = [];

    /// <summary>Identifies and binds with what is known already; false when something must be waited for, or is wrong.</summary>
    public bool TryFind(RequestHead head, ref SplitMix64 random)
    {
        if (!router.TryIdentify(head, ignoresContext, out Identification found, out ReadOnlySpan<byte> overrides)) return Refuse(head);
        ConsumedTarget = found.ConsumedTarget;
        BindingKey key = new(found.Key, found.Identifier, overrides);
        if (!router.Bindings.TryGet(key, out _binding!)) _binding = router.BindCold(found, key, out _refusal);
        if (_binding is null) return false;
        return _binding.Current is { Failure: null } bound && TryDraw(bound, ref random);
    }

    /// <summary>The same of what has a name already, such as a connection whose bytes nobody reads. Cold: may make the binding.</summary>
    public bool TryFindNamed(Path name, ref SplitMix64 random)
    {
        _binding = router.BindCold(name);
        return _binding.Current is { Failure: null } bound && TryDraw(bound, ref random);
    }

    /// <summary>What policies there are for a name that has not led anywhere yet; null: none, or there is no name.</summary>
    public ServicePolicies? PoliciesCold() => _binding is null ? null : router.PoliciesOf(_binding);

    /// <summary>Waits for what <see cref="TryFind"/> missed, at most as long as a binding may take.</summary>
    /// <param name="seed">For the draw.</param>
    /// <param name="left">How long the request's caller waits still.</param>
    public async ValueTask<FaultReport> FindColdAsync(ulong seed, TimeSpan left)
    {
        if (_binding is null) return _refusal;
        TimeSpan timeout = router.BindingTimeoutOf(_binding, left);
        long began = TimeProvider.System.GetTimestamp();
        BindingSnapshot<Backend>? bound = await _binding.WaitAsync(timeout);
        FaultReport report = RouteFaults.OfBinding(_binding, bound, timeout);
        SplitMix64 random = new(seed);
        if (!report.IsNone || TryDraw(bound!, ref random)) return report;
        return await ArriveColdAsync(seed, timeout, began);
    }

    /// <summary>Nobody was left at the drawn backend when an endpoint was to be picked: goes where the name leads by now.</summary>
    /// <param name="seed">For the draw.</param>
    /// <param name="left">How long the request's caller waits still.</param>
    public ValueTask<FaultReport> MoveOnColdAsync(ulong seed, TimeSpan left) =>
        ArriveColdAsync(seed, router.BindingTimeoutOf(_binding!, left), TimeProvider.System.GetTimestamp());

    /// <summary>
    /// Waits for the drawn backend's addresses. When they are known and empty the binding is looked at again: of two pieces of news, that the
    /// addresses are gone and that the name leads elsewhere, the destination may hear of the first before the binding has taken up the second.
    /// </summary>
    private async ValueTask<FaultReport> ArriveColdAsync(ulong seed, TimeSpan timeout, long began)
    {
        SplitMix64 random = new(seed);
        for (int looks = 0; ; looks++)
        {
            FaultReport report = await RouteFaults.AwaitAddressesAsync(Backend, _binding!, timeout, Rest());
            if (Backend is null || report.Fault.Cause != FaultCause.NoAddress || looks == MaxLooks) return report;
            BindingSnapshot<Backend>? bound = await _binding!.LookAgainAsync(Backend.Destination.Current, Rest());
            FaultReport unbound = RouteFaults.OfBinding(_binding, bound, timeout);
            if (!unbound.IsNone || TryDraw(bound!, ref random)) return unbound;
        }

        TimeSpan Rest()
        {
            TimeSpan rest = timeout - TimeProvider.System.GetElapsedTime(began);
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// Draws again when the drawn destination was let go of between the look at the binding and the pick: the binding leads elsewhere by now.
    /// </summary>
    public bool TryDrawAgain(ref SplitMix64 random) =>
        Backend is { Destination.IsClosed: true } && _binding?.Current is { Failure: null } bound && TryDraw(bound, ref random);

    /// <summary>
    /// Draws anew for another attempt, as retries stand above the binding: what a union shares out may answer elsewhere. What was drawn before
    /// stays where nothing better is there.
    /// </summary>
    public void Redraw(ref SplitMix64 random)
    {
        (Backend? backend, PairMetrics? pair, byte[] residual) = (Backend, Pair, Residual);
        if (_binding?.Current is { Failure: null } bound && TryDraw(bound, ref random)) return;
        (Backend, Pair, Residual) = (backend, pair, residual);
    }

    /// <summary>The request is over; the next one may be refused before it has a name, and must not look like this one.</summary>
    public void Release()
    {
        _binding?.Release();
        _binding = null;
        Service = null;
        Backend = null;
        ConsumedTarget = 0;
    }

    private bool Refuse(RequestHead head)
    {
        _refusal = router.Refuse(head, ignoresContext);
        return false;
    }

    private bool TryDraw(BindingSnapshot<Backend> bound, ref SplitMix64 random)
    {
        Service = router.Profile(_binding!);
        WeightedLeaf<Backend> leaf = bound.Pick(ref random);
        Backend = leaf.Destination;
        Pair = Backend is { } backend ? Service.Pairs.Of(backend) : null;
        Residual = leaf.ResidualText;
        return Backend is { Destination.Current.State: DestinationState.Available };
    }
}
