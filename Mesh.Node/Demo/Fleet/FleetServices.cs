using System.Collections.Immutable;
using System.Globalization;
using Mesh.Wire.Metrics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Node.Demo.Fleet;

/// <summary>An instance of hello and one of world beside each node; hello calls world through the node beside it, or the next.</summary>
/// <remarks>As <see cref="DemoServices"/>, with none that is slow or fails: here the nodes do.</remarks>
internal sealed class FleetServices : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly FleetClient _calls;
    private readonly KestrelServer _kestrel;
    private readonly List<ListenOptions> _listens = [];

    public FleetServices(FleetPlan plan, FleetClient calls, TimeProvider time)
    {
        _time = time;
        _calls = calls;
        MetricRegistry registry = new(1);
        Instances = [.. plan.Members.SelectMany(member => Beside(member, registry))];
        KestrelServerOptions options = new() { AddServerHeader = false };
        foreach (DemoInstance instance in Instances) options.Listen(instance.EndPoint, Listen);
        SocketTransportFactory transport = new(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    public ImmutableArray<DemoInstance> Instances { get; }

    public async Task StartAsync()
    {
        await _kestrel.StartAsync(this, CancellationToken.None).ConfigureAwait(false);
        foreach ((DemoInstance instance, ListenOptions listen) in Instances.Zip(_listens)) instance.EndPoint = listen.IPEndPoint!;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource late = new(s_stopTimeout, _time);
        await _kestrel.StopAsync(late.Token).ConfigureAwait(false);
        _kestrel.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) =>
        Instances.First(instance => instance.EndPoint.Port == context.Connection.LocalPort).ServeAsync(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private IEnumerable<DemoInstance> Beside(FleetMember member, MetricRegistry registry)
    {
        string number = member.Number.ToString(CultureInfo.InvariantCulture);
        yield return new DemoInstance(DemoServices.Hello, $"hello-{number}", registry, _time, self => GreetAsync(self, member.Number - 1));
        yield return new DemoInstance(DemoServices.World, $"world-{number}", registry, _time, AnswerAsync);
    }

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        _listens.Add(listen);
    }

    private async Task<DemoAnswer> GreetAsync(DemoInstance self, int beside)
    {
        DemoAnswer world = await _calls.GetAsync(DemoServices.World, beside).ConfigureAwait(false);
        if (world.Status == StatusCodes.Status200OK) return new DemoAnswer(world.Status, $"hello, {world.Text} (from {self.Name})\n");
        int status = Math.Max(world.Status, StatusCodes.Status500InternalServerError);
        return new DemoAnswer(status, $"{self.Name}: no world: {world.Status} {world.Text}\n");
    }

    private static Task<DemoAnswer> AnswerAsync(DemoInstance self) =>
        Task.FromResult(new DemoAnswer(StatusCodes.Status200OK, $"world (from {self.Name})\n"));
}
