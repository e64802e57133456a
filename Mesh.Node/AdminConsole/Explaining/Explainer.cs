using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.AdminConsole.Destinations;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Policies;
using Mesh.Routing.Balancing;
using Mesh.Routing.Bindings;
using Mesh.Routing.Destinations;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Identifiers;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>What would become of a request here, step by step, without sending it: the running routers' own objects are asked.</summary>
/// <param name="routers">In the order of the config.</param>
/// <param name="destinations">How they stand.</param>
/// <param name="hosts">Asks the nodes behind endpoints.</param>
internal sealed class Explainer(ImmutableArray<RouterParts> routers, DestinationReader destinations, InboundQuestions hosts)
{
    /// <summary>How long namers may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <exception cref="ConsoleRefusal">There is no such router, or a server would not read the request.</exception>
    public async Task<Step> ExplainAsync(ExplainRequest request, string? label, CancellationToken cancel)
    {
        RouterParts router = RouterOf(label);
        RequestHead head = request.Parse(RouterParts.Limits(router.Config.Limits));
        List<Step> steps = [RouterStep(router.Config)];
        (Path? name, Dtab overrides) = Name(router, head, steps);
        if (name is null) return Step.No("request", $"{request.Line} has no name here, and is answered 400", [.. steps]);
        string end = $"{request.Line} is {name}";
        bool isSecured = router.Config.Servers.All(static server => server.Tls is not null);
        ImmutableArray<RoutePolicy> policies = router.Policies.Matching(name, head);
        ImmutableArray<Step> obeyed = RouteSteps.Of(policies, head, isSecured, out string? elsewhere);
        if (elsewhere is not null)
            return Step.Yes("request", $"{end}, and is answered {elsewhere}", [.. steps, .. obeyed]) with
            {
                Facts = [("router", router.Config.Label), ("service", name.ToString())],
            };
        (BindResult? result, ImmutableArray<Step> bound) = await BindAsync(router, name, overrides, cancel).ConfigureAwait(false);
        steps.AddRange(bound);
        if (result is not BindResult.Resolved { Failure: null } resolved)
        {
            StepVerdict nowhere = result is BindResult.Failed or BindResult.Resolved ? StepVerdict.No : StepVerdict.Unknown;
            return new Step("request", nowhere, $"{end}, and leads nowhere") { Steps = [.. steps] };
        }

        ImmutableArray<Step> leaves = await LeavesAsync(router, resolved.Tree, head, cancel).ConfigureAwait(false);
        steps.AddRange(leaves);
        steps.AddRange(obeyed);
        steps.Add(PolicySteps.OfService(router.Config.Service, name, RouteSteps.Resilience(policies)));
        foreach (Path id in Ids(resolved.Tree)) steps.Add(PolicySteps.OfClient(router.Config.Client, id, RouteSteps.Resilience(policies)));
        StepVerdict verdict = leaves.Any(static leaf => leaf.Verdict == StepVerdict.Yes) ? StepVerdict.Yes
            : leaves.All(static leaf => leaf.Verdict == StepVerdict.No) ? StepVerdict.No
            : StepVerdict.Unknown;
        string where = string.Join(" or ", Ids(resolved.Tree));
        return new Step("request", verdict, verdict == StepVerdict.No ? $"{end}, bound to {where}, where nobody is" : $"{end}, and goes to {where}")
        {
            Steps = [.. steps],
            Facts = [("router", router.Config.Label), ("service", name.ToString()), ("client", where)],
        };
    }

    private RouterParts RouterOf(string? label) => label is null
        ? routers[0]
        : routers.FirstOrDefault(router => router.Config.Label == label)
            ?? throw new ConsoleRefusal(
                ConsoleStatus.No, $"no router `{label}`; there is {string.Join(", ", routers.Select(static router => router.Config.Label))}");

    private Step RouterStep(RouterConfig config)
    {
        string servers = string.Join(", ", config.Servers.Select(static server => server.EndPoint));
        string others = string.Join(", ", routers.Where(router => router.Config.Label != config.Label).Select(static router => router.Config.Label));
        bool isMixed = config.Servers.Select(static server => server.Context.ClearContext).Distinct().Count() > 1;
        return Step.Yes("router", $"router {config.Label}, which listens on {servers}{(others.Length == 0 ? "" : $" (others, with -r: {others})")}")
            with
        {
            Steps = isMixed ? [Step.Fact("context", "some of its servers clear context; this is by the others")] : [],
            Facts = [("router", config.Label)],
        };
    }

    private static bool IgnoresContext(RouterConfig config) =>
        config.Servers.All(static server => server.Context.ClearContext) || config.Servers.Any(static server => server.Context.IsInbound);

    private static (Path? Name, Dtab Overrides) Name(RouterParts router, RequestHead head, List<Step> steps)
    {
        RouterConfig config = router.Config;
        if (config.Takes == RouterTakes.Opaque) return (ConnectionSteps.Name(config, head, steps), Dtab.Empty);
        bool ignoresContext = IgnoresContext(config);
        Path? name = null;
        int at = 0;
        foreach (IdentifierTry each in router.Router.TryIdentifiers(head, ignoresContext))
        {
            string who = $"identifier {at + 1} of {config.Identifiers.Length}, {IdentifierWords.Of(config.Identifiers[at])}";
            name = each.Name;
            steps.Add(name is null ? Step.No("identifier", $"{who}: {each.Reason}") : Step.Yes("identifier", $"{who}: {name}"));
            at++;
        }

        if (at < config.Identifiers.Length) steps.Add(Step.Fact("identifier", $"{config.Identifiers.Length - at} more identifiers are not asked"));
        if (name is null || ignoresContext) return (name, Dtab.Empty);
        string? fault = null;
        if (DtabOverrides.TryRead(head, out ReadOnlySpan<byte> text) && DtabOverrides.TryParse(text, out Dtab? overrides, out fault))
        {
            if (!overrides.Dentries.IsEmpty) steps.Add(Step.Fact("overrides", $"the request brings {Count(overrides)}: {overrides}"));
            return (name, overrides);
        }

        steps.Add(Step.No("overrides", fault ?? $"its override dtab is longer than {DtabOverrides.MaxBytes} bytes"));
        return (null, Dtab.Empty);
    }

    private static async Task<(BindResult? Result, ImmutableArray<Step> Steps)> BindAsync(
        RouterParts router, Path name, Dtab overrides, CancellationToken cancel)
    {
        RuleSources rules = router.Rules;
        if (rules.Rules.Dtab is not DtabState.Known known)
        {
            string why = rules.Rules.Dtab is DtabState.Pending wait ? wait.WaitingFor : ((DtabState.Failed)rules.Rules.Dtab).Reason;
            return (null, [Step.Unknown("rules", why)]);
        }

        ImmutableArray<(string Origin, Dtab Rules)> origins = [("the router's dtab", rules.Own), ("the request", overrides)];
        if (rules.Origin.Length > 0) origins = origins.Insert(0, (rules.Origin, rules.Below));
        Interpretation by = Interpretation.Of(rules.Rules, known.Dtab + overrides);
        string counts = string.Join("; ", origins.Select(static each => $"{each.Rules.Dentries.Length} of {each.Origin}"));
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(Patience);
        BindResult result = await NameBinder.BindAsync(name, by.Here, by.Lookup, by.Transformers, late.Token).ConfigureAwait(false);
        StepVerdict verdict = result switch
        {
            BindResult.Resolved { Failure: null } => StepVerdict.Yes,
            BindResult.Pending => StepVerdict.Unknown,
            _ => StepVerdict.No,
        };
        string end = result switch
        {
            BindResult.Resolved resolved => BoundText.Of(resolved.Tree),
            BindResult.Failed failed => failed.Reason,
            _ => $"not known yet after {Patience.TotalSeconds} s",
        };
        return (result,
        [
            Step.Fact("rules", Asked(router, counts)),
            new Step("binding", verdict, $"{name} {(verdict == StepVerdict.Yes ? "is bound to" : "leads nowhere:")} {end}")
            {
                Steps = BindingSteps.Of(result, origins),
            },
        ]);
    }

    private static string Asked(RouterParts router, string counts) => router.Namerd is { Options: var options }
        ? $"namerd at {options.Address.Authority} is asked, by its namespace {options.Namespace} and then {counts}"
        : $"rules, of which the later win: {counts}";

    private async Task<ImmutableArray<Step>> LeavesAsync(
        RouterParts router, NameTree<Discovery.Names.Name.Bound> tree, RequestHead head, CancellationToken cancel)
    {
        List<Step> steps = [];
        foreach ((Name.Bound? leaf, double share) in Shares.Of(tree))
        {
            string part = share < 1 ? $"{share * 100:0.#} % of the requests: " : "";
            if (leaf is null) steps.Add(Step.No("destination", $"{part}$, which is nobody"));
            else steps.Add(await LeafAsync(router, leaf, part, head, cancel).ConfigureAwait(false));
        }

        return [.. steps];
    }

    private async Task<Step> LeafAsync(RouterParts router, Name.Bound leaf, string part, RequestHead head, CancellationToken cancel)
    {
        Path id = leaf.Destination.Id;
        string rest = leaf.Residual.Count == 0 ? "" : $" (residual {leaf.Residual})";
        Backend? backend = router.Backends.FirstOrDefault(each => each.Destination.Id.Equals(id));
        if (backend is null) return await UnusedAsync(leaf, $"{part}{id}{rest}", cancel).ConfigureAwait(false);
        DestinationFacts facts = await destinations.ReadAsync(router.Config.Label, backend, cancel).ConfigureAwait(false);
        IReadOnlyDictionary<HostedKey, Step> behind = await hosts.AskAsync(
            facts.Status.Endpoints.Select(static endpoint => HostedKey.Of(endpoint.Address, endpoint.Instance)), cancel).ConfigureAwait(false);
        string remarks = facts.Remarks.Length == 0 ? "" : $", {facts.Remarks}";
        ImmutableArray<Step> endpoints = EndpointSteps.Of(
            facts.Status, Home(backend, head),
            endpoint => HostedKey.Of(endpoint.Address, endpoint.Instance) is { } key ? behind.GetValueOrDefault(key) : null);
        StepVerdict verdict = endpoints.Any(static each => each.Verdict == StepVerdict.Yes) ? StepVerdict.Yes
            : facts.Status.Endpoints.IsEmpty && facts.Status.State != DestinationState.Pending ? StepVerdict.No
            : StepVerdict.Unknown;
        string live = $"live {facts.Status.Usable}/{facts.Status.Endpoints.Length}";
        return new Step("destination", verdict, $"{part}{id}{rest}: {live}, out {facts.InFlight}{remarks}")
        {
            Steps = endpoints,
            Facts = [("client", id.ToString())],
        };
    }

    /// <summary>Nobody has asked for it yet: what the namer says of it is all there is.</summary>
    private async Task<Step> UnusedAsync(Name.Bound leaf, string what, CancellationToken cancel)
    {
        ImmutableArray<WeightedAddress> addresses = leaf.Destination.Addresses.Current is AddressState.Known known ? known.Addresses : [];
        IReadOnlyDictionary<HostedKey, Step> behind = await hosts.AskAsync(
            addresses.Select(static address => HostedKey.Of(address.EndPoint, address.Instance)), cancel).ConfigureAwait(false);
        Step[] steps =
        [
            .. addresses.Take(EndpointSteps.MaxEndpoints).Select(address => new Step(
                "endpoint", address.Doubt is null ? StepVerdict.Yes : StepVerdict.No,
                $"{DestinationText.Name(address.EndPoint, address.Instance)} {address.Doubt ?? "is known, and was not tried yet"}")
            {
                Steps = HostedKey.Of(address.EndPoint, address.Instance) is { } key && behind.TryGetValue(key, out Step? step) ? [step] : [],
                Facts = [("address", address.EndPoint.ToString()), ("instance", address.Instance ?? "")],
            }),
        ];
        string text = $"{what}: not in use by this router yet, its first request makes it; {addresses.Length} addresses";
        return new Step("destination", steps.Length > 0 ? StepVerdict.Yes : StepVerdict.No, text) { Steps = [.. steps] };
    }

    private EndpointKeyText? Home(Backend backend, RequestHead head)
    {
        Destination destination = backend.Destination;
        if (destination.Options.Balancer.Kind is not (BalancerKind.RingHash or BalancerKind.Maglev)) return null;
        ulong key = backend.Settings.Affinity?.Of(head, null) ?? 0;
        if (key == 0) return null;
        Endpoint? home = destination.Current.HomeOf(new PickRequest(destinations.Time.Nanoseconds(), null, key));
        return home is null ? null : new EndpointKeyText(home.Address.ToString(), home.Key.Instance);
    }

    private static IEnumerable<Path> Ids(NameTree<Name.Bound> tree) =>
        Shares.Of(tree).Where(static each => each.Leaf is not null).Select(static each => each.Leaf!.Destination.Id).Distinct();

    private static string Count(Dtab dtab) => dtab.Dentries.Length == 1 ? "a rule" : $"{dtab.Dentries.Length} rules";
}
