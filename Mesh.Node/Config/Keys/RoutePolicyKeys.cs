using System.Collections.Immutable;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of a rule of <c>policies</c>, in a namespace's document and in a router alike.</summary>
internal static class RoutePolicyKeys
{
    public static readonly SectionKey<PolicyMatchConfig> Match = new(
        "match", PolicyMatchKeys.Section, "Which requests; all where it is not written.");

    public static readonly SectionKey<ResilienceConfig> Resilience = new(
        "resilience", PolicyResilienceKeys.Section, "How they are treated, over the config's `service` and `client`.");

    public static readonly SectionKey<HeaderPolicyConfig> Headers = new(
        "headers", PolicyHeaderKeys.Section, "Headers that are put into requests and responses, or taken out.");

    public static readonly SectionKey<RedirectConfig> Redirect = new("redirect", PolicyRedirectKeys.Section, "They are sent elsewhere.");

    public static readonly SectionKey<RewriteConfig> Rewrite = new(
        "rewrite", PolicyRewriteKeys.Section, "They are forwarded with another path or host.");

    public static readonly SectionKey<MirrorConfig> Mirror = new("mirror", PolicyMirrorKeys.Section, "Copies of them go elsewhere too.");

    public static readonly SectionKey<PolicyFaultConfig> Fault = new("fault", PolicyFaultKeys.Section, "A drill: some fail on purpose.");

    private static readonly ImmutableArray<Key> s_actions = [Resilience, Headers, Redirect, Rewrite, Mirror, Fault];

    public static readonly Section<RoutePolicyConfig> Rule = new(
        "an item of `policies`",
        "Which requests, and what is done with them. Of each action the first rule that matches and has it counts, in the order written.",
        [Match, .. s_actions],
        static view => new RoutePolicyConfig(view.Get(Match))
        {
            Resilience = Written(view, Resilience),
            Headers = Written(view, Headers),
            Redirect = Written(view, Redirect),
            Rewrite = Written(view, Rewrite),
            Mirror = Written(view, Mirror),
            Fault = Written(view, Fault),
            Text = YamlText.Of(view.Mapping),
        })
    { Rules = CheckTogether };

    private static readonly SectionKey<RoutePolicyConfig> s_item = new("policies", Rule, "A rule.");

    /// <summary>Of a router.</summary>
    public static readonly ListKey<RoutePolicyConfig> Policies = new(
        "policies", s_item, [],
        "What is done with requests on their way: header rules, redirects, rewrites, mirrors, drills; they go before those of the namespace. "
        + "Mesh's own key.")
    { Most = RoutePolicyConfig.MaxRules };

    private static readonly ListKey<RoutePolicyConfig> s_all = new("policies", s_item, [], "a list of rules")
    {
        Required = true,
        Most = RoutePolicyConfig.MaxRules,
    };

    /// <summary>Of a namespace: the whole text.</summary>
    public static readonly Section<ImmutableArray<RoutePolicyConfig>> Document = new(
        "a policies document", "The policies of a namespace.", [s_all], static view => view.Get(s_all));

    /// <summary>The <c>pathPrefix</c> that a rule's <c>prefix</c> stands in for needs one.</summary>
    private static void CheckTogether(SectionView view, CheckContext context)
    {
        if (s_actions.All(key => view.Find(key) is null))
        {
            string actions = string.Join(", ", s_actions.Select(static key => $"`{key.Name}`"));
            context.Faults.Fault(view.Mapping?.At ?? default, $"an item of `policies` does nothing; give it one of {actions}");
        }

        bool hasPrefix = view.Find(Match) is YamlMapping match && match.Find(PolicyMatchKeys.PathPrefix.Name) is not null;
        foreach (Key action in (Key[])[Redirect, Rewrite])
        {
            if (hasPrefix || view.Find(action) is not YamlMapping written || written.Find(PathChangeKeys.Prefix.Name) is not { } prefix) continue;
            context.Faults.Fault(prefix.At,
                $"`prefix` of `{action.Name}` stands in for `match.pathPrefix`, and there is none; add it, or write `path`");
        }

        if (view.Find(Redirect) is null) return;
        foreach (Key never in (Key[])[Resilience, Headers, Rewrite, Mirror, Fault])
        {
            if (view.Find(never) is not { } node) continue;
            context.Faults.Fault(node.At,
                $"`{never.Name}` beside `redirect` never comes about, since the answer is made here; give it a rule of its own");
        }
    }

    private static T? Written<T>(SectionView view, SectionKey<T> key)
        where T : class => view.Find(key) is null ? null : view.Get(key);
}

/// <summary>The keys of <c>match</c>.</summary>
internal static class PolicyMatchKeys
{
    public static readonly MatcherKey Service = new(
        "service", "What their service name begins with, such as `/svc/users`; any where it is not written.");

    public static readonly TextKey PathPrefix = PolicyTexts.Path(
        "pathPrefix", "any", "What their path begins with, in whole segments: `/v1` is for `/v1` and `/v1/x`, not for `/v10`.");

    public static readonly TextKey Method = new(
        "method", null, "any", "a method such as `GET`, at most 128 characters", SharedKeys.IsToken, "Only this method, case and all.");

    public static readonly TextKey Name = new(
        "name", null, "", "the name of a header, at most 128 characters", SharedKeys.IsToken,
        "the name of a header; not one that the mesh writes itself")
    {
        Required = true,
        Refusal = static name => ReservedFields.WhyNotMatched(name!),
    };

    public static readonly TextKey Value = new(
        "value", null, "any", "text on one line, at most 1024 characters", PolicyTexts.IsFieldValue,
        "Only where the header has this value, exactly.");

    public static readonly Section<HeaderMatchConfig> Header = new(
        "an item of `headers`",
        "A header that must be there.",
        [Name, Value],
        static view => new HeaderMatchConfig(view.Get(Name)!, view.Get(Value)));

    public static readonly ListKey<HeaderMatchConfig> Headers = new(
        "headers", new SectionKey<HeaderMatchConfig>("headers", Header, "A header."), [], "Only requests with all of these headers.")
    { Most = PolicyMatchConfig.MaxHeaders };

    public static readonly Section<PolicyMatchConfig> Section = new(
        "`match`",
        "Which requests, as they came: all that is written must hold.",
        [Service, PathPrefix, Method, Headers],
        static view => new PolicyMatchConfig(view.Get(Service), view.Get(PathPrefix), view.Get(Method), view.Get(Headers)));
}

/// <summary>The keys of <c>resilience</c>: those of <c>service</c> that concern one request, and the time of one attempt.</summary>
internal static class PolicyResilienceKeys
{
    public static readonly Section<ResilienceConfig> Section = new(
        "`resilience`",
        "Time limits and retries of the requests that match. What is not written is as the config's `service` and `client` say.",
        [ServiceKeys.TotalTimeoutMs, ClientKeys.RequestAttemptTimeoutMs, ServiceKeys.Classifier, ServiceKeys.Retries],
        static view => new ResilienceConfig(
            below => Over(view, below),
            view.Get(ClientKeys.RequestAttemptTimeoutMs),
            view.Find(ServiceKeys.Retries) is YamlMapping retries && retries.Find(RetryKeys.Budget.Name) is not null));

    private static ServiceConfig Over(SectionView view, ServiceConfig below) => ServiceKeys.WithClassifier(view, below) with
    {
        TotalTimeoutMs = view.GetOr(ServiceKeys.TotalTimeoutMs, below.TotalTimeoutMs),
        Retries = RetryKeys.Over(view.Find(ServiceKeys.Retries), below.Retries),
    };
}
