using System.Collections.Frozen;

namespace Mesh.Node.Config.Keys;

/// <summary>
/// Names of fields that policies leave alone, and why. A policy acts on what came, beside what the hop itself adds: it would forge what the hop says,
/// or seem to take out what is added all the same. And a rule that goes by such a field goes by what a client claims.
/// </summary>
/// <remarks>An underscore is taken for the hyphen that a CGI-like backend would take it for.</remarks>
internal static class ReservedFields
{
    private const string Mesh = "headers of that prefix are the mesh's own";

    /// <summary>What this hop writes, counts or replaces by itself: <c>HeaderRules</c>, <c>CallContext</c>, <c>Forwards</c>, the gRPC half.</summary>
    private static readonly FrozenDictionary<string, string> s_hops = new Dictionary<string, string>
    {
        ["via"] = "each hop adds itself to it",
        ["forwarded"] = "the node writes it (`addForwardedHeader`)",
        ["max-forwards"] = "each hop counts it down",
        ["grpc-timeout"] = "each hop writes what is left of the time",
        ["x-forwarded-client-cert"] = "the node writes it (`forwardClientCert`) and drops what clients say of themselves",
        ["sec-websocket-key"] = "it belongs to one connection; the node makes one where HTTP/2 has none",
        ["sec-websocket-accept"] = "it belongs to one connection; the node makes one where HTTP/2 has none",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names that frame a message, that a connection ends with, or that lead it; they may be asked for.</summary>
    private static readonly FrozenSet<string> s_frame = new[]
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "http2-settings", "content-length", "expect", "host",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a policy may not set, add or remove a field; null: it may.</summary>
    public static string? WhyNotWritten(string name) =>
        WhyOfHop(name) is { } why ? $"a policy cannot change it: {why}"
            : s_frame.Contains(Plain(name)) ? "a policy cannot change it: it frames the message, or belongs to one connection"
            : null;

    /// <summary>Why a rule may not go by a field; null: it may.</summary>
    public static string? WhyNotMatched(string name) =>
        WhyOfHop(name) is { } why ? $"a rule cannot go by it: {why}, so that one that came in is no more than somebody's claim" : null;

    private static string? WhyOfHop(string name)
    {
        string plain = Plain(name);
        bool isOurs = plain.StartsWith("l5d-", StringComparison.OrdinalIgnoreCase) || plain.StartsWith("mesh-", StringComparison.OrdinalIgnoreCase);
        return isOurs ? Mesh : s_hops.GetValueOrDefault(plain);
    }

    private static string Plain(string name) => name.Replace('_', '-');
}
