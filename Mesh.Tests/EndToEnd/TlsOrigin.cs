using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Wire.Tls;

namespace Mesh.Tests.EndToEnd;

/// <summary>A backend that speaks TLS and answers everything with 200 <c>app</c>; what it heard in handshakes is kept.</summary>
internal sealed class TlsOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentBag<Peer> _peers = [];
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly CertificatePaths _paths;
    private readonly bool _asks;
    private readonly Task _accepting;

    /// <param name="paths">What it shows, and whom it trusts.</param>
    /// <param name="asks">Whether it asks for a certificate.</param>
    /// <param name="port">0 takes a free one.</param>
    public TlsOrigin(CertificatePaths paths, bool asks = false, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        (_paths, _asks) = (paths, asks);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Of each connection: the name that was asked for, what is spoken, whose certificate was shown.</summary>
    public IReadOnlyList<string> Heard => [.. _heard];

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (Peer peer in _peers) peer.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        SslStream tls = new(new NetworkStream(socket, ownsSocket: false));
        Peer peer = new(socket, tls);
        _peers.Add(peer);
        try
        {
            using X509Certificate2 own = X509Certificate2.CreateFromPemFile(_paths.Certificate!, _paths.Key);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true),
                ClientCertificateRequired = _asks,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null || !_asks,
            });
            _heard.Enqueue($"{tls.TargetHostName} {tls.NegotiatedApplicationProtocol} {tls.RemoteCertificate?.Subject}".TrimEnd());
            while (await peer.TryReadRequestAsync() is not null) await peer.SendAsync(Origin.Ok("app"));
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }
}
