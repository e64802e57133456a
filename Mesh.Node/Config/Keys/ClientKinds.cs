using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The kinds of <c>client</c>.</summary>
internal static class ClientKinds
{
    public static readonly KindTable Table = new(
        "`client`",
        "kind",
        "io.l5d.global",
        [
            new Kind<PolicyConfig<ClientConfig>>("io.l5d.global", "One policy for all destinations.", ClientKeys.Global),
            new Kind<PolicyConfig<ClientConfig>>("io.l5d.static", "A policy for each prefix of destinations.", ClientKeys.Static),
        ]);
}
