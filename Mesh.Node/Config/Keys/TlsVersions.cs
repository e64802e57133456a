using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>Versions and cipher suites of TLS by the names that Linkerd took: Java's.</summary>
internal static class TlsVersions
{
    public static readonly ListKey<string?> Protocols = new(
        "protocols",
        new TextKey(
            "protocols", null, "", "`TLSv1.2` or `TLSv1.3` (older ones are not supported: they are broken, RFC 8996)", IsVersion, "A version."),
        [],
        "Versions of TLS, `TLSv1.2` and `TLSv1.3`.")
    { Absent = "both", Least = 1 };

    public static readonly ListKey<string?> Ciphers = new(
        "ciphers",
        new TextKey("ciphers", null, "", "a cipher suite by its IANA name, such as `TLS_AES_128_GCM_SHA256`", IsSuite, "A suite."),
        [],
        "Cipher suites that may be used, by their IANA names; sessions are not resumed then. Not on Windows.")
    { Absent = "the system's policy", Least = 1 };

    public static SslProtocols Versions(ImmutableArray<string?> names) => names.IsEmpty
        ? SslProtocols.Tls12 | SslProtocols.Tls13
        : names.Aggregate(SslProtocols.None, static (all, name) => all | (name == "TLSv1.2" ? SslProtocols.Tls12 : SslProtocols.Tls13));

    public static TlsCipherSuite Suite(string name) => Enum.Parse<TlsCipherSuite>(name);

    private static bool IsVersion(string text) => text is "TLSv1.2" or "TLSv1.3";

    private static bool IsSuite(string text) =>
        !OperatingSystem.IsWindows() && text.StartsWith("TLS_", StringComparison.Ordinal) && Enum.TryParse<TlsCipherSuite>(text, out _);
}
