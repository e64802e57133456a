using System.Collections.Immutable;
using System.Globalization;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Policies;
using Mesh.Wire.Exchange;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>
/// What the policies of a router and of its namespace do with a request: of each action the first rule that matches and has it. Pure.
/// </summary>
internal static class RouteSteps
{
    /// <param name="rules">Those that match, in their order.</param>
    /// <param name="head">The request.</param>
    /// <param name="isSecured">It would come in TLS that the node ends.</param>
    /// <param name="elsewhere">The status and address that it is answered with, where a rule redirects it; else null.</param>
    public static ImmutableArray<Step> Of(ImmutableArray<RoutePolicy> rules, RequestHead head, bool isSecured, out string? elsewhere)
    {
        RoutePolicy? redirecting = rules.FirstOrDefault(rule => rule.Redirect is { } redirect && !redirect.LeadsHere(head, isSecured));
        elsewhere = redirecting?.Redirect is not { } answer ? null
            : answer.Locate(head) is { } location ? $"{answer.Status}, {location}"
            : "400: it is redirected to another scheme of a host that it does not name";
        if (elsewhere is not null) return [Say("redirect", redirecting!, elsewhere)];
        List<Step> steps = [];
        if (rules.FirstOrDefault(static rule => rule.Resilience is not null) is { } treated)
        {
            string attempt = treated.Resilience!.AttemptTimeoutMs is { } ms ? $"; requestAttemptTimeoutMs: {ms}" : "";
            string budget = treated.Resilience.HasBudget ? "; retries are paid from a budget of its own" : "";
            steps.Add(Say("resilience", treated, $"is treated by it instead of by the service's config{attempt}{budget}"));
        }

        if (rules.FirstOrDefault(static rule => rule.Rewrite is not null) is { } rewriting)
            steps.Add(Say("rewrite", rewriting, $"goes out as {Rewritten(rewriting.Config.Rewrite!)}"));
        if (rules.FirstOrDefault(static rule => rule.Headers is not null) is { } editing)
            steps.Add(Say("headers", editing, Headers(editing.Config.Headers!)));
        if (rules.FirstOrDefault(static rule => rule.Mirror is not null) is { Config.Mirror: { } mirror } copying)
            steps.Add(Say("mirror", copying, $"{Number(mirror.Percent)} % are copied to {mirror.To}"));
        if (rules.FirstOrDefault(static rule => rule.Fault is not null) is { } drilling)
            steps.Add(Say("drill", drilling, $"DRILL: {Drill(drilling.Config.Fault!)}"));
        return [.. steps];
    }

    /// <summary>What is put in place of the service's treatment; null: nothing.</summary>
    public static ResilienceConfig? Resilience(ImmutableArray<RoutePolicy> rules) =>
        rules.Select(static rule => rule.Resilience).FirstOrDefault(static resilience => resilience is not null);

    private static string Rewritten(RewriteConfig config)
    {
        string path = config.Path.Whole is { } whole ? $"path {whole}" : config.Path.Prefix is { } prefix ? $"prefix {prefix}" : "the same path";
        return config.Host is { } host ? $"{path} of host {host}" : path;
    }

    private static string Headers(HeaderPolicyConfig config)
    {
        string request = Edits(config.Request), response = Edits(config.Response);
        return string.Join("; ", new[] { Side("request", request), Side("response", response) }.Where(static side => side.Length > 0));
    }

    private static string Side(string name, string edits) => edits.Length == 0 ? "" : $"{name}: {edits}";

    private static string Edits(HeaderEditConfig? config) => config is null ? "" : string.Join(
        ", ",
        config.Remove.Select(static name => $"without {name}")
            .Concat(config.Set.Select(static line => $"{line.Name} set"))
            .Concat(config.Add.Select(static line => $"{line.Name} added")));

    private static string Drill(PolicyFaultConfig config)
    {
        string delay = config.DelayPercent > 0 ? $"{Number(config.DelayPercent)} % wait {config.DelayMs} ms" : "";
        string abort = config.AbortPercent > 0 ? $"{Number(config.AbortPercent)} % are answered {config.AbortStatus}" : "";
        return string.Join(", ", new[] { delay, abort }.Where(static part => part.Length > 0));
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static Step Say(string kind, RoutePolicy rule, string what) => Step.Fact(kind, $"policy {rule.Rule}: {what}");
}
