using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The kinds of <c>service</c>: known, and not acted on yet.</summary>
internal static class ServiceKinds
{
    public static readonly Section<object?> Global = new(
        "`service`",
        "How service names are treated.",
        [
            new UnsupportedKey("retries", "Retries by budget and backoff."),
            new UnsupportedKey("totalTimeoutMs", "A limit of a request's whole time, retries included."),
            new UnsupportedKey("responseClassifier", "Which responses are failures; 5XX are.", "io.l5d.http.nonRetryable5XX"),
        ],
        static _ => null);

    public static readonly KindTable Table = new(
        "`service`",
        "kind",
        "io.l5d.global",
        [
            new Kind<object?>("io.l5d.global", "One policy for all services.", Global),
            Kind.NotSupported("io.l5d.static", "a policy for each prefix of service names"),
        ]);
}
