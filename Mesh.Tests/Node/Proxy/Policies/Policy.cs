using Mesh.Node.Config;
using Mesh.Node.Proxy.Policies;
using Mesh.Tests.Wire.Http1;
using Mesh.Wire.Exchange;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Proxy.Policies;

/// <summary>Policies as an operator writes them, asked of requests.</summary>
internal static class Policy
{
    /// <summary>What the rules, items of a list in YAML, do with a request.</summary>
    public static PolicyChoice Choose(
        string rules, string request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n", string service = "/svc/web", bool isSecured = false)
    {
        PolicyChoice choice = default;
        Of(rules, service)?.Choose(Http1Kit.Accepted(request), isSecured, ref choice);
        return choice;
    }

    public static ServicePolicies? Of(string rules, string service = "/svc/web")
    {
        (var read, IReadOnlyList<ConfigFault> faults) = RoutePolicyReader.Read("policies:\n" + rules);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        return PolicyTable.Of(read, "a test").For(Path.Parse(service), ServiceConfig.Default);
    }

    /// <summary>A request as it is forwarded by the rules.</summary>
    public static string Forward(string rules, string request)
    {
        RequestHead head = Http1Kit.Accepted(request);
        PolicyChoice choice = default;
        Of(rules)?.Choose(head, isSecured: false, ref choice);
        HeadEdits edits = new();
        choice.Rewrite?.Edit(head, edits);
        choice.Headers?.EditRequest(head, edits);
        return Http1Kit.Encode(head, edits);
    }
}
