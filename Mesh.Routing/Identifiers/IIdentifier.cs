using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// Names a request. The hot path takes a <i>key</i> from the request head (bytes that lie there already) and asks the binding cache; only a
/// miss makes a path of it.
/// </summary>
/// <remarks>Any thread. <see cref="IsUsable"/> is on the hot path and allocates nothing.</remarks>
public interface IIdentifier
{
    /// <summary>Whether the key names anything; if not, the request is unidentified (the next identifier, else 400).</summary>
    bool IsUsable(ReadOnlySpan<byte> key);

    /// <summary>The service name. Equal keys give equal paths.</summary>
    Path PathOf(ReadOnlySpan<byte> key);
}
