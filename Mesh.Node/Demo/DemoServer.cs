using System.Collections.Immutable;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Node.Demo;

/// <summary>A bare Kestrel with a port for each instance: off the node's loops, and another implementation to talk to.</summary>
internal sealed class DemoServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(1);

    private readonly ImmutableArray<DemoInstance> _instances;
    private readonly TimeProvider _time;
    private readonly KestrelServer _kestrel;
    private readonly List<ListenOptions> _listens = [];

    public DemoServer(ImmutableArray<DemoInstance> instances, TimeProvider time)
    {
        (_instances, _time) = (instances, time);
        KestrelServerOptions options = new() { AddServerHeader = false };
        foreach (DemoInstance instance in instances) options.Listen(instance.EndPoint, Listen);
        SocketTransportFactory transport = new(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    /// <summary>Listens; instances that asked for any port learn theirs.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public async Task StartAsync()
    {
        await _kestrel.StartAsync(this, CancellationToken.None).ConfigureAwait(false);
        foreach ((DemoInstance instance, ListenOptions listen) in _instances.Zip(_listens)) instance.EndPoint = listen.IPEndPoint!;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource late = new(s_stopTimeout, _time);
        await _kestrel.StopAsync(late.Token).ConfigureAwait(false);
        _kestrel.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) =>
        _instances.First(instance => instance.EndPoint.Port == context.Connection.LocalPort).ServeAsync(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        _listens.Add(listen);
    }
}
