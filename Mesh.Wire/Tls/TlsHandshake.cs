using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Tls;

/// <summary>The end of a handshake: a transport and who is behind it, or why there is none.</summary>
/// <param name="Transport">Null: it failed, and the transport beneath is closed.</param>
/// <param name="Peer">Null also when the peer showed no certificate.</param>
/// <param name="Failure">For people.</param>
/// <param name="TimedOut">The deadline passed.</param>
public readonly record struct TlsResult(TlsTransport? Transport, PeerCertificate? Peer, string? Failure, bool TimedOut);

/// <summary>
/// A TLS handshake on an open transport. Its arithmetic and the building of chains take milliseconds, so they run on the thread pool, and only
/// bytes pass over the loop.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The stream is the framework's to dispose of, with its SslStream.")]
public sealed class TlsHandshake : LoopTimer, ITransportObserver
{
    private readonly Transport _inner;
    private readonly TransportStream _stream;
    private readonly LoopSource<TlsResult> _done = new();
    private bool _over;

    private TlsHandshake(Transport inner)
    {
        _inner = inner;
        _stream = new TransportStream(inner);
        inner.Observer = this;
    }

    /// <summary>Serves. Call on the loop; completes on it.</summary>
    /// <param name="transport">Open; belongs to the handshake from now on.</param>
    /// <param name="options">Asked on the thread pool: may read files.</param>
    /// <param name="timeoutNs">For the whole handshake.</param>
    public static ValueTask<TlsResult> AcceptAsync(Transport transport, Func<SslServerAuthenticationOptions> options, long timeoutNs) =>
        new TlsHandshake(transport).Start(ssl => ssl.AuthenticateAsServerAsync(options()), timeoutNs);

    /// <summary>Dials. Call on the loop; completes on it.</summary>
    /// <inheritdoc cref="AcceptAsync"/>
    public static ValueTask<TlsResult> ConnectAsync(Transport transport, Func<SslClientAuthenticationOptions> options, long timeoutNs) =>
        new TlsHandshake(transport).Start(ssl => ssl.AuthenticateAsClientAsync(options()), timeoutNs);

    void ITransportObserver.OnReadable() => _stream.OnReadable();

    void ITransportObserver.OnWritable() => _stream.TryFlush();

    void ITransportObserver.OnBroken() => _stream.End();

    protected internal override void OnDeadline() => End(new TlsResult(null, null, "no TLS handshake in time", TimedOut: true));

    private ValueTask<TlsResult> Start(Func<SslStream, Task> authenticate, long timeoutNs)
    {
        ValueTask<TlsResult> done = _done.Arm();
        Set(_inner.Loop, In(timeoutNs));
        _ = Task.Run(() => Run(authenticate));
        return done;
    }

    private async Task Run(Func<SslStream, Task> authenticate)
    {
        SslStream ssl = new(_stream, leaveInnerStreamOpen: false);
        TlsResult result;
        try
        {
            await authenticate(ssl).ConfigureAwait(false);
            result = new TlsResult(null, PeerCertificate.Of(ssl.RemoteCertificate), null, false);
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException or Win32Exception or ObjectDisposedException
            or InvalidOperationException or NotSupportedException or System.Security.Cryptography.CryptographicException)
        {
            string text = fault.Message;
            if (fault is AuthenticationException { InnerException: { } inner }) text += $" ({inner.Message})";
            await ssl.DisposeAsync().ConfigureAwait(false);
            result = new TlsResult(null, null, text, false);
            ssl = null!;
        }

        _inner.Loop.Post((self, secured) => ((TlsHandshake)self!).OnFinished((SslStream?)secured, result), this, ssl);
    }

    private void OnFinished(SslStream? ssl, TlsResult result)
    {
        if (_over)
        {
            ssl?.Dispose();
            return;
        }

        End(ssl is null ? result : result with { Transport = new TlsTransport(_inner, _stream, ssl) });
    }

    private void End(TlsResult result)
    {
        if (_over) return;
        _over = true;
        Remove(_inner.Loop);
        if (result.Transport is null)
        {
            // What the framework wrote last is an alert: it tells the peer why.
            if (result.TimedOut || !_stream.IsFlushed) _inner.Abort();
            else _inner.Close();
            _stream.End();
        }

        _done.Complete(result);
    }
}
