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
/// <param name="Why">Of the failure.</param>
public readonly record struct TlsResult(TlsTransport? Transport, PeerCertificate? Peer, string? Failure, TlsFailure Why)
{
    /// <summary>The deadline passed.</summary>
    public bool TimedOut => Why == TlsFailure.TimedOut;
}

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
    private readonly TlsVerdict _verdict = new();
    private bool _over;

    /// <param name="transport">Open; belongs to the handshake from now on.</param>
    public TlsHandshake(Transport transport)
    {
        _inner = transport;
        _stream = new TransportStream(transport);
        transport.Observer = this;
    }

    /// <summary>Serves. Call on the loop; completes on it.</summary>
    /// <param name="options">Asked on the thread pool: may read files. Given what is to be told of the peer's certificate.</param>
    /// <param name="timeoutNs">For the whole handshake.</param>
    public ValueTask<TlsResult> ServeAsync(Func<TlsVerdict, SslServerAuthenticationOptions> options, long timeoutNs) =>
        Start(ssl => ssl.AuthenticateAsServerAsync(options(_verdict)), timeoutNs);

    /// <summary>Dials. Call on the loop; completes on it.</summary>
    /// <inheritdoc cref="ServeAsync"/>
    public ValueTask<TlsResult> DialAsync(Func<TlsVerdict, SslClientAuthenticationOptions> options, long timeoutNs) =>
        Start(ssl => ssl.AuthenticateAsClientAsync(options(_verdict)), timeoutNs);

    /// <summary>Ends it with a reset, if it is not over. On the loop.</summary>
    public void GiveUp() => End(new TlsResult(null, null, "given up", TlsFailure.Closed), abort: true);

    /// <inheritdoc cref="ServeAsync"/>
    public static ValueTask<TlsResult> AcceptAsync(Transport transport, Func<SslServerAuthenticationOptions> options, long timeoutNs) =>
        new TlsHandshake(transport).ServeAsync(_ => options(), timeoutNs);

    /// <inheritdoc cref="ServeAsync"/>
    public static ValueTask<TlsResult> ConnectAsync(Transport transport, Func<SslClientAuthenticationOptions> options, long timeoutNs) =>
        new TlsHandshake(transport).DialAsync(_ => options(), timeoutNs);

    void ITransportObserver.OnReadable() => _stream.OnReadable();

    void ITransportObserver.OnWritable() => _stream.TryFlush();

    void ITransportObserver.OnBroken() => _stream.End();

    protected internal override void OnDeadline() =>
        End(new TlsResult(null, null, "no TLS handshake in time", TlsFailure.TimedOut), abort: true);

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
        bool begun = false;
        try
        {
            // Its options read files: what those lack is nobody's fault out there.
            Task done = authenticate(ssl);
            begun = true;
            await done.ConfigureAwait(false);
            result = new TlsResult(null, PeerCertificate.Of(ssl.RemoteCertificate), null, TlsFailure.None);
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException or Win32Exception or ObjectDisposedException
            or InvalidOperationException or NotSupportedException or System.Security.Cryptography.CryptographicException)
        {
            string text = fault.Message;
            if (fault is AuthenticationException { InnerException: { } inner }) text += $" ({inner.Message})";
            await ssl.DisposeAsync().ConfigureAwait(false);
            TlsFailure why = begun ? WhyOf(fault, text) : TlsFailure.Failed;
            result = new TlsResult(null, null, _verdict.Failure == TlsFailure.None ? text : _verdict.Detail, why);
            ssl = null!;
        }
        catch (Exception odd)
        {
            // Such as a name that the framework cannot tell to anybody: whoever waits must hear of it now, and not when its time is over.
            await ssl.DisposeAsync().ConfigureAwait(false);
            result = new TlsResult(null, null, odd.Message, TlsFailure.Failed);
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

        End(ssl is null ? result : result with { Transport = new TlsTransport(_inner, _stream, ssl, result.Peer) });
    }

    /// <summary>The framework says in words alone that the peer sent an alert.</summary>
    private TlsFailure WhyOf(Exception fault, string text)
    {
        if (_verdict.Failure != TlsFailure.None) return _verdict.Failure;
        if (_stream.IsOther) return TlsFailure.NotTls;
        if (IsOfProtocols(fault)) return TlsFailure.OtherProtocol;
        if (text.Contains("alert", StringComparison.OrdinalIgnoreCase)) return TlsFailure.Refused;
        return fault is IOException || _stream.IsSilent ? TlsFailure.Closed : TlsFailure.Failed;
    }

    /// <summary>The alert no_application_protocol (RFC 7301 section 3.2), which the framework tells in the words of OpenSSL alone.</summary>
    private static bool IsOfProtocols(Exception fault)
    {
        for (Exception? each = fault; each is not null; each = each.InnerException)
        {
            if (each.Message.Contains("no application protocol", StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private void End(TlsResult result, bool abort = false)
    {
        if (_over) return;
        _over = true;
        Remove(_inner.Loop);
        if (result.Transport is null)
        {
            // What the framework wrote last is an alert: it tells the peer why.
            if (abort || !_stream.IsFlushed) _inner.Abort();
            else _inner.Close();
            _stream.End();
        }

        _done.Complete(result);
    }
}
