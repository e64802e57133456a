using System.Text;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.Policies;

/// <summary>Forwards requests with another path or host.</summary>
/// <remarks>Hot path: allocates nothing.</remarks>
internal sealed class RewritePolicy(RewriteConfig config, PathPrefix? matched)
{
    private readonly PathChange? _path = PathChange.Of(config.Path, matched);
    private readonly byte[] _host = Encoding.ASCII.GetBytes(config.Host ?? "");

    /// <summary>An operator's word on the host goes before what discovery says of an endpoint.</summary>
    public bool SetsHost => _host.Length > 0;

    /// <summary>The path is that of the client: what an identifier consumed of it does not matter where the path is replaced.</summary>
    public void Edit(RequestHead head, HeadEdits edits)
    {
        if (SetsHost) edits.Authority = _host;
        if (_path is null || !PathPrefix.IsPath(head.Target)) return;
        edits.TargetSkip = _path.SkipOf(head.Target);
        edits.TargetPrefix = _path.Replacement;
    }
}
