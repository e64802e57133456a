using System.Net;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Demo;

/// <summary>
/// One instance of hello or of world in a process of its own, for compose files and hosts where the node is another process. World knows of no
/// mesh; hello calls it by name through the node beside it.
/// </summary>
internal sealed class DemoApp : IAsyncDisposable
{
    private readonly DemoClient _calls;
    private readonly DemoServer _server;

    public DemoApp(DemoAppOptions options, TimeProvider time)
    {
        _calls = new DemoClient(time) { Node = options.Node };
        Instance = new DemoInstance(options.Service, $"{options.Service} on {options.Host}", new MetricRegistry(1), time, AnswerAsync)
        {
            EndPoint = options.EndPoint,
        };
        _server = new DemoServer([Instance], time);
    }

    public DemoInstance Instance { get; }

    /// <exception cref="IOException">The port is taken.</exception>
    public Task StartAsync() => _server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _calls.Dispose();
    }

    private async Task<DemoAnswer> AnswerAsync(DemoInstance self) => self.Service == DemoServices.Hello
        ? Greetings.Hello(self, await _calls.GetAsync(DemoServices.World).ConfigureAwait(false))
        : Greetings.World(self);
}

/// <summary>An app to run.</summary>
/// <param name="Service"><see cref="DemoServices.Hello"/> or <see cref="DemoServices.World"/>.</param>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Node">The router of the node beside it.</param>
/// <param name="Host">What it calls the place where it runs.</param>
internal sealed record DemoAppOptions(string Service, IPEndPoint EndPoint, Uri Node, string Host);
