using Mesh.Node.Config;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>Identifiers as configs have them.</summary>
internal static class IdentifierWords
{
    public static string Of(IdentifierConfig config) => config switch
    {
        HeaderTokenConfig token => $"{HeaderTokenConfig.KindName} {token.Header}",
        HeaderPathConfig header => $"{HeaderPathConfig.KindName} {header.Header}",
        PathIdentifierConfig path => $"{PathIdentifierConfig.KindName}, {path.Segments} segments",
        MethodAndHostConfig => MethodAndHostConfig.KindName,
        StaticIdentifierConfig one => $"{StaticIdentifierConfig.KindName} {one.Path}",
        InboundIdentifierConfig => "the instance that another node names",
        _ => config.GetType().Name,
    };
}
