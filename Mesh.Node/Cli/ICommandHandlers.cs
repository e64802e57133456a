using System.Net;
using Mesh.Node.Config;

namespace Mesh.Node.Cli;

/// <summary>A node to run.</summary>
/// <param name="Config">The checked config.</param>
/// <param name="File">Where the config came from, for a reload; <c>-</c> was standard input.</param>
/// <param name="Assignments">The <c>--set</c> values, which a reload applies again.</param>
internal sealed record RunRequest(MeshConfig Config, string File, IReadOnlyList<string> Assignments);

/// <summary>A demo to give.</summary>
/// <param name="Nodes">How many, at least one.</param>
/// <param name="For">How long, unless it is interrupted.</param>
/// <param name="RequestsPerSecond">Of the traffic that it makes.</param>
internal sealed record DemoRequest(int Nodes, TimeSpan For, int RequestsPerSecond);

/// <summary>One app of the demo to run until it is told to end.</summary>
/// <param name="Service"><c>hello</c> or <c>world</c>.</param>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Node">The router of the node beside it.</param>
internal sealed record DemoAppRequest(string Service, IPEndPoint EndPoint, Uri Node);

/// <summary>What the commands start once their arguments and files are right: the seam between the command line and the node.</summary>
/// <remarks>Each returns the process's exit code. Signals are left to the handler: System.CommandLine's own handling is off.</remarks>
internal interface ICommandHandlers
{
    Task<int> RunAsync(RunRequest request, CancellationToken cancel);

    Task<int> DemoAsync(DemoRequest request, CancellationToken cancel);

    Task<int> DemoAppAsync(DemoAppRequest request, CancellationToken cancel);
}
