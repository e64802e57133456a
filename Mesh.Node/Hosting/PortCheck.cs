using Mesh.Node.Admin;

namespace Mesh.Node.Hosting;

/// <summary>Whether every address of a node can be listened on, asked before others hear of it.</summary>
/// <remarks>
/// A guest looks for the key to his own house before he promises to help build the village. A node whose port was taken used to greet its
/// cluster, see it, even found it, and end a moment later: the others then waited for a member that nobody restarts. Nothing listens
/// yet: a client that comes during the start is refused and goes elsewhere, where one that was taken would wait.
/// </remarks>
internal static class PortCheck
{
    /// <exception cref="IOException">One cannot; the message names it.</exception>
    public static void Run(IEnumerable<RouterParts> routers, AdminServer admin)
    {
        foreach (RouterParts router in routers) router.CheckPorts();
        admin.CheckPort();
    }
}
