using System.Net;

namespace Mesh.Node.Config;

/// <summary>Where this node takes other nodes' requests for the instances that it hosts.</summary>
/// <param name="Ip">What is listened on.</param>
/// <param name="Port">What is listened on; 0 takes a free one.</param>
internal sealed record InboundConfig(IPAddress Ip, int Port)
{
    /// <summary>The label of the router that serves it.</summary>
    public const string Label = "inbound";

    /// <summary>Linkerd 2's, beside the routers' 4140.</summary>
    public const int DefaultPort = 4143;

    /// <summary>Of a node that has <c>services</c> and says nothing of its inbound side.</summary>
    public static InboundConfig Default { get; } = new(IPAddress.Loopback, DefaultPort);
}
