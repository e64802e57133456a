using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Wire.Tls;

namespace Mesh.Tests.EndToEnd;

/// <summary>Connections of a test that speak TLS.</summary>
internal static class TlsPeers
{
    /// <summary>Shakes hands, trusting whatever is shown.</summary>
    /// <param name="address">Of a server.</param>
    /// <param name="own">What is shown; null: nothing.</param>
    /// <param name="edit">Changes what is offered.</param>
    public static async Task<(Peer Peer, SslStream Tls)> ConnectAsync(
        IPEndPoint address, CertificatePaths? own = null, Action<SslClientAuthenticationOptions>? edit = null)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address).WaitAsync(Peer.Patience);
        SslStream tls = new(new NetworkStream(socket, ownsSocket: false));
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = "web",
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        };
        if (own is not null)
        {
            X509Certificate2 pair = X509Certificate2.CreateFromPemFile(own.Certificate!, own.Key);
            options.ClientCertificateContext = SslStreamCertificateContext.Create(pair, null, offline: true);
        }

        edit?.Invoke(options);
        try
        {
            await tls.AuthenticateAsClientAsync(options).WaitAsync(Peer.Patience);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return (new Peer(socket, tls), tls);
    }

    /// <summary>What a request gets: a status, or "refused", at once or after the handshake (TLS 1.3 judges a client's certificate late).</summary>
    public static async Task<string> TryAsync(
        IPEndPoint address, string request, CertificatePaths? own = null, Action<SslClientAuthenticationOptions>? edit = null)
    {
        try
        {
            (Peer peer, _) = await ConnectAsync(address, own, edit);
            using (peer) return $"{(await peer.AskAsync(request)).Status}";
        }
        catch (Exception fault) when (fault is AuthenticationException or IOException or EndOfStreamException)
        {
            return "refused";
        }
    }
}
