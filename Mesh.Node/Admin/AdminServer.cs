using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Transports;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Mesh.Node.Admin;

/// <summary>The node's HTTP door for operators, scrapers and scripts.</summary>
/// <remarks>
/// A bare Kestrel, without host, container, configuration or middleware: 46 MB resident where the slimmest web application takes 53 (measured; the
/// runtime alone takes 31). It runs on the thread pool and shares nothing with the loops that carry traffic. Starts once, stops once.
/// </remarks>
internal sealed class AdminServer : IAsyncDisposable
{
    private readonly AdminServerOptions _options;
    private readonly AdminApplication _application;
    private readonly KestrelServer _kestrel;
    private AdminCertificates? _certificates;
    private ListenOptions? _listen;

    /// <exception cref="ArgumentException">Two endpoints want one path, or an expression of the security section is none.</exception>
    public AdminServer(AdminServerOptions options, IReadOnlyList<AdminEndpoint> endpoints)
    {
        _options = options;
        AdminDoors doors = new(new AdminSecurity(options.Security), new MutationGuard(options.Token, options.Audit));
        _application = new AdminApplication(new AdminRoutes(endpoints), doors, options.Log.CreateLogger("Mesh.Node.Admin"));

        // One queue is plenty for admin; the default starts one for each core.
        SocketTransportFactory transport = new(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), options.Log);
        _kestrel = new KestrelServer(Options.Create(ForKestrel(options)), transport, options.Log);
    }

    /// <summary>The address in use, with the port that was chosen for port 0; null before the start.</summary>
    public IPEndPoint? BoundEndPoint { get; private set; }

    /// <summary>Whether it will be able to listen, as far as that can be told before it does.</summary>
    /// <exception cref="IOException">It cannot; the message names the address.</exception>
    public void CheckPort()
    {
        try
        {
            Listener.Check(_options.EndPoint, new ListenerOptions());
        }
        catch (SocketException error)
        {
            throw new IOException(ListenFaults.Text("admin", _options.EndPoint, error), error);
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">
    /// The address is in use or not this machine's, or the certificate cannot be read; the message names address or file.
    /// </exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (_options.Tls is { } tls) _certificates = new AdminCertificates(tls, _options.Time, _options.Warn);
        try
        {
            await _kestrel.StartAsync(_application, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            // Kestrel wraps the socket's error once or twice.
            Exception error = fault;
            while (error is not SocketException && error.InnerException is { } inner) error = inner;
            throw new IOException(ListenFaults.Text("admin", _options.EndPoint, error), fault);
        }

        BoundEndPoint = _listen!.IPEndPoint;
    }

    /// <summary>
    /// Accepts no more, closes idle connections, waits for requests under way at most <see cref="AdminServerOptions.StopTimeout"/>.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        using CancellationTokenSource late = new(_options.StopTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        await _kestrel.StopAsync(either.Token).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _kestrel.Dispose();
    }

    private KestrelServerOptions ForKestrel(AdminServerOptions options)
    {
        KestrelServerOptions kestrel = new() { AddServerHeader = false };
        kestrel.Limits.MaxConcurrentConnections = options.MaximumConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaximumConnections;
        kestrel.Limits.MaxRequestLineSize = options.MaximumRequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = options.MaximumHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = options.MaximumHeaderFields;
        kestrel.Limits.MaxRequestBodySize = options.MaximumBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = options.HeadTimeout;
        kestrel.Limits.KeepAliveTimeout = options.IdleTimeout;
        kestrel.Listen(options.EndPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (options.Tls is not null) AdminTls.Use(listen, () => _certificates!.Current(), options.HeadTimeout);
            _listen = listen;
        });
        return kestrel;
    }
}
