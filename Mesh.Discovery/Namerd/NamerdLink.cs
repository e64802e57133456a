using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.Wire;
using Mesh.Wire.Tls;

namespace Mesh.Discovery.Namerd;

/// <summary>What all streams from one namerd share: the client, the clock, chance, and whether it is there.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class NamerdLink : IDisposable
{
    /// <summary>Over how long those that waited come back, once one of them has found it there again.</summary>
    private static readonly TimeSpan s_rush = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HttpMessageInvoker _http;
    private SplitMix64 _random;
    private TaskCompletionSource _back = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset? _awaySince;
    private string _why = "";
    private int _streams;

    /// <param name="options">Which one.</param>
    /// <param name="time">Of pauses.</param>
    /// <param name="handler">How bytes get there; null: over TCP.</param>
    public NamerdLink(NamerdOptions options, TimeProvider time, HttpMessageHandler? handler)
    {
        (Options, Time) = (options, time);
        _http = new HttpMessageInvoker(handler ?? Handler(options.Tls));
        _random = new SplitMix64(options.Seed);
    }

    public NamerdOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>Open or about to be.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>How long nobody has answered; null while somebody does, and before the first attempt.</summary>
    public TimeSpan? Away
    {
        get
        {
            lock (_gate) return Time.GetUtcNow() - _awaySince;
        }
    }

    /// <summary>What an operator should know; null when all is well.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                return _awaySince is { } since
                    ? $"{Where} does not answer since {Stamp(since)} ({_why}); names are as they were known then"
                    : null;
            }
        }
    }

    public string Where => $"namerd at {Options.Address.Authority}";

    public bool TryAddStream()
    {
        if (Interlocked.Increment(ref _streams) <= NamerdOptions.MaxStreams) return true;
        RemoveStream();
        return false;
    }

    public void RemoveStream() => Interlocked.Decrement(ref _streams);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel) => _http.SendAsync(request, cancel);

    /// <summary>It answered, whatever it said.</summary>
    public void Reached()
    {
        TaskCompletionSource back;
        TimeSpan away;
        lock (_gate)
        {
            if (_awaySince is not { } since) return;
            away = Time.GetUtcNow() - since;
            _awaySince = null;
            back = _back;
            _back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Options.Report($"{Where} answers again, after {away.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s");
        back.TrySetResult();
    }

    /// <summary>Nobody answered.</summary>
    public void Lost(string why)
    {
        lock (_gate)
        {
            _why = why;
            if (_awaySince is not null) return;
            _awaySince = Time.GetUtcNow();
        }

        Options.Report($"{Where} does not answer ({why}); names go on as they are known");
    }

    /// <summary>Waits before the next attempt: the whole pause, or until another stream finds it there again. Does not throw.</summary>
    public async Task PauseAsync(int failures, CancellationToken cancel)
    {
        Task back;
        TimeSpan pause, spread;
        lock (_gate)
        {
            back = _back.Task;
            pause = NamerdPause.Of(failures, Options.RetryBase, Options.RetryMax, _random.NextDouble());
            spread = s_rush * _random.NextDouble();
        }

        await back.WaitAsync(pause, Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (back.IsCompleted) await Task.Delay(spread, Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A stream's life, drawn, so that those begun at once are not begun anew at once.</summary>
    public TimeSpan DrawLife()
    {
        lock (_gate) return NamerdOptions.StreamLife * (0.8 + (0.4 * _random.NextDouble()));
    }

    public void Dispose() => _http.Dispose();

    private static string Stamp(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Each stream has a connection; one whose peer's host is gone is noticed by keep-alive within half a minute.</summary>
    private static SocketsHttpHandler Handler(TlsDialing? tls) => new()
    {
        ConnectTimeout = NamerdOptions.ConnectTimeout,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancel) =>
        {
            Stream plain = await ConnectAsync(context.DnsEndPoint, cancel).ConfigureAwait(false);
            return tls is null ? plain : await SecureAsync(plain, tls, cancel).ConfigureAwait(false);
        },
    };

    private static async Task<Stream> ConnectAsync(DnsEndPoint address, CancellationToken cancel)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(address, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Under terms of this moment, since certificates are replaced while a node runs.</summary>
    private static async Task<Stream> SecureAsync(Stream plain, TlsDialing tls, CancellationToken cancel)
    {
        TlsVerdict verdict = new();
        SslStream secure = new(plain);
        try
        {
            await secure.AuthenticateAsClientAsync(tls.Options(verdict), cancel).ConfigureAwait(false);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            if (verdict.Failure != TlsFailure.None) throw new IOException($"its certificate is not believed: {verdict.Detail}");
            throw;
        }
    }
}
