using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Mesh.Node.Demo;

namespace Mesh.Node.Cli;

/// <summary><c>mesh demo app</c>: hello or world alone, as a process to put beside a node.</summary>
internal static class DemoAppCommand
{
    private const int DefaultPort = 8080;

    private static readonly Uri s_node = new("http://127.0.0.1:4140/");

    public static Command Create(CommandContext context)
    {
        var service = new Argument<string>("service") { Description = "hello, which calls world through the node, or world." };
        service.AcceptOnlyFromAmong(DemoServices.Hello, DemoServices.World);
        var listen = new Option<IPEndPoint>("--listen")
        {
            Description = $"Where it listens, address:port; 127.0.0.1:{DefaultPort} where it is left out.",
            HelpName = "address:port",
            DefaultValueFactory = static _ => new IPEndPoint(IPAddress.Loopback, DefaultPort),
            CustomParser = ParseEndPoint,
        };
        var node = new Option<Uri>("--node")
        {
            Description = $"The router of the node beside it; {s_node} where it is left out.",
            HelpName = "url",
            DefaultValueFactory = static _ => s_node,
            CustomParser = ParseUrl,
        };
        var command = new Command("app", "Run one app of the demo alone, beside a node of yours, until it is told to end.") { service, listen, node };
        command.SetAction((parsed, cancel) => context.Handlers.DemoAppAsync(
            new DemoAppRequest(parsed.GetValue(service)!, parsed.GetValue(listen)!, parsed.GetValue(node)!), cancel));
        return command;
    }

    private static IPEndPoint? ParseEndPoint(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (IPEndPoint.TryParse(text, out IPEndPoint? endPoint) && text.Contains(':')) return endPoint;
        argument.AddError($"--listen is `{text}`; it must be an address and a port, such as 0.0.0.0:8080");
        return null;
    }

    private static Uri? ParseUrl(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme == Uri.UriSchemeHttp) return url;
        argument.AddError($"--node is `{text}`; it must be a URL such as {s_node}");
        return null;
    }
}
