using System.Collections.Immutable;
using Mesh.Wire.Metrics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Node.Demo;

/// <summary>
/// The services of the demo, in this process: two instances of hello, which call world through the node, and four of world, one of them
/// slow, one failing at times.
/// </summary>
/// <remarks>A bare Kestrel with a port for each instance: off the node's loops, and another implementation to talk to.</remarks>
internal sealed class DemoServices : IHttpApplication<HttpContext>, IAsyncDisposable
{
    public const string Hello = "hello";
    public const string World = "world";

    /// <summary>The slow instance's extra time.</summary>
    public static readonly TimeSpan Slowness = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly DemoClient _calls;
    private readonly KestrelServer _kestrel;
    private readonly List<ListenOptions> _listens = [];
    private long _worldCallsInBadSpells;

    public DemoServices(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _calls = new DemoClient(time);
        MetricRegistry registry = new(1);
        Failing = new DemoInstance(World, "world-4 (fails)", registry, time, FailAtTimesAsync);
        Instances =
        [
            new DemoInstance(Hello, "hello-1", registry, time, GreetAsync),
            new DemoInstance(Hello, "hello-2", registry, time, GreetAsync),
            new DemoInstance(World, "world-1", registry, time, AnswerAsync),
            new DemoInstance(World, "world-2", registry, time, AnswerAsync),
            new DemoInstance(World, "world-3 (slow)", registry, time, AnswerSlowlyAsync),
            Failing,
        ];
        KestrelServerOptions options = new() { AddServerHeader = false };
        foreach (DemoInstance instance in Instances) options.Listen(instance.EndPoint, Listen);
        SocketTransportFactory transport = new(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    public ImmutableArray<DemoInstance> Instances { get; }

    /// <summary>The one that fails in <see cref="BadSpells"/>.</summary>
    public DemoInstance Failing { get; }

    /// <summary>Where hello finds world.</summary>
    public Uri Node
    {
        set => _calls.Node = value;
    }

    /// <summary>Since the services were made.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Calls that reached any instance of world while one of them was failing.</summary>
    public long WorldCallsInBadSpells => Volatile.Read(ref _worldCallsInBadSpells);

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
        _calls.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) =>
        Instances.First(instance => instance.EndPoint.Port == context.Connection.LocalPort).ServeAsync(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        _listens.Add(listen);
    }

    private async Task<DemoAnswer> GreetAsync(DemoInstance self)
    {
        DemoAnswer world = await _calls.GetAsync(World).ConfigureAwait(false);
        if (world.Status == StatusCodes.Status200OK) return new DemoAnswer(world.Status, $"hello, {world.Text} (from {self.Name})\n");
        int status = Math.Max(world.Status, StatusCodes.Status500InternalServerError);
        return new DemoAnswer(status, $"{self.Name}: no world: {world.Status} {world.Text}\n");
    }

    private async Task<DemoAnswer> AnswerSlowlyAsync(DemoInstance self)
    {
        await Task.Delay(Slowness, _time).ConfigureAwait(false);
        return await AnswerAsync(self).ConfigureAwait(false);
    }

    private Task<DemoAnswer> FailAtTimesAsync(DemoInstance self)
    {
        if (!BadSpells.Contain(Elapsed)) return AnswerAsync(self);
        Interlocked.Increment(ref _worldCallsInBadSpells);
        return Task.FromResult(new DemoAnswer(StatusCodes.Status503ServiceUnavailable, $"{self.Name}: a bad spell\n"));
    }

    private Task<DemoAnswer> AnswerAsync(DemoInstance self)
    {
        if (BadSpells.Contain(Elapsed)) Interlocked.Increment(ref _worldCallsInBadSpells);
        return Task.FromResult(new DemoAnswer(StatusCodes.Status200OK, $"world (from {self.Name})\n"));
    }
}
