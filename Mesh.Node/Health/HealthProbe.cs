using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.Node.Config;
using Mesh.Wire.Tls;

namespace Mesh.Node.Health;

/// <summary>Checks endpoints, one at a time each, for all routers of a node: a GET by the runtime's HTTP client, or a TCP connection.</summary>
/// <remarks>
/// Any thread but a loop's. Each check has a connection of its own, which closes with it: so it proves that new connections are accepted, and ten
/// thousand endpoints hold no ten thousand idle ones. No proxy, no redirect, no cookie, no trace context.
/// </remarks>
internal sealed class HealthProbe : IDisposable
{
    /// <summary>Checks under way at once; others wait for their turn, and their time runs when it has come.</summary>
    public const int MaxConcurrent = 100;

    /// <summary>Of a response's body that are read; what is longer is not waited for.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    private const string UserAgent = "mesh-health-check";
    private const int PieceBytes = 4096;

    /// <summary>Whom a request's connection is for; its URI may hold an address that sockets know and names do not.</summary>
    private static readonly HttpRequestOptionsKey<IPEndPoint> s_asked = new("asked");

    /// <summary>The path is sent as it is written.</summary>
    private static readonly UriCreationOptions s_verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turns = new(MaxConcurrent);
    private readonly HttpMessageInvoker _client;

    public HealthProbe(TimeProvider time)
    {
        _time = time;
        _client = Client();
    }

    /// <summary>Checks an endpoint once, as soon as it is its turn.</summary>
    /// <param name="endpoint">Whom requests would go to; the config may name another port.</param>
    /// <param name="config">What is asked and how long it may take.</param>
    /// <param name="end">Nobody wants to know any more.</param>
    /// <param name="terms">How the endpoint is asked; another port is asked in plain HTTP/1.1. Null: so is the endpoint.</param>
    /// <exception cref="OperationCanceledException">By <paramref name="end"/> alone; every other failure is a result.</exception>
    public async Task<CheckResult> CheckAsync(IPEndPoint endpoint, HealthCheckConfig config, CancellationToken end, HealthTerms? terms = null)
    {
        await _turns.WaitAsync(end).ConfigureAwait(false);
        try
        {
            return await CheckInTimeAsync(endpoint, config, terms ?? HealthTerms.Plain, end).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _client.Dispose();

    private static HttpMessageInvoker Client(SslClientAuthenticationOptions? tls = null) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxResponseDrainSize = 0,
        SslOptions = tls ?? new SslClientAuthenticationOptions(),
        ConnectCallback = static async (context, time) =>
        {
            context.InitialRequestMessage.Options.TryGetValue(s_asked, out IPEndPoint? asked);
            return new NetworkStream(await OpenAsync(asked!, time).ConfigureAwait(false), ownsSocket: true);
        },
    });

    private async Task<CheckResult> CheckInTimeAsync(IPEndPoint endpoint, HealthCheckConfig config, HealthTerms terms, CancellationToken end)
    {
        IPEndPoint asked = config.Port is { } port ? new IPEndPoint(endpoint.Address, port) : endpoint;
        using CancellationTokenSource time = new(TimeSpan.FromMilliseconds(config.TimeoutMs), _time);
        using CancellationTokenRegistration ended = end.UnsafeRegister(static time => ((CancellationTokenSource)time!).Cancel(), time);
        try
        {
            if (config.Path is null) return await ConnectAsync(asked, time.Token).ConfigureAwait(false);
            return terms.IsPlain || asked.Port != endpoint.Port
                ? await GetAsync(_client, asked, config, HealthTerms.Plain, time.Token).ConfigureAwait(false)
                : await GetAsTrafficAsync(asked, config, terms, time.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            end.ThrowIfCancellationRequested();
            CheckResult result = CheckFailures.ResultOf(failure, config, time.IsCancellationRequested);
            return result with { Refuses = result.Refuses && asked.Port == endpoint.Port };
        }
    }

    private static async Task<CheckResult> ConnectAsync(IPEndPoint asked, CancellationToken time)
    {
        using Socket socket = await OpenAsync(asked, time).ConfigureAwait(false);
        return new CheckResult(CheckVerdict.Good, "TCP connection made");
    }

    private static async Task<Socket> OpenAsync(IPEndPoint asked, CancellationToken time)
    {
        Socket socket = new(asked.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(asked, time).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A client for this check alone: connections of HTTP/2 would serve others too, and each has its own terms of TLS.</summary>
    private static async Task<CheckResult> GetAsTrafficAsync(IPEndPoint asked, HealthCheckConfig config, HealthTerms terms, CancellationToken time)
    {
        TlsVerdict verdict = new();
        using HttpMessageInvoker client = Client(terms.Tls?.Options(verdict));
        try
        {
            return await GetAsync(client, asked, config, terms, time).ConfigureAwait(false);
        }
        catch (HttpRequestException fault) when (verdict.Failure != TlsFailure.None)
        {
            throw new AuthenticationException(verdict.Detail, fault);
        }
    }

    private static async Task<CheckResult> GetAsync(
        HttpMessageInvoker client, IPEndPoint asked, HealthCheckConfig config, HealthTerms terms, CancellationToken time)
    {
        string scheme = terms.Tls is null ? "http" : "https";
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri($"{scheme}://{asked}{config.Path}", s_verbatim))
        {
            Version = terms.Version,
            VersionPolicy = terms.VersionPolicy,
        };
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        request.Headers.ConnectionClose = terms.Version == HttpVersion.Version11;
        request.Options.Set(s_asked, asked);
        if (config.Host is { } host) request.Headers.TryAddWithoutValidation("Host", host);
        using HttpResponseMessage response = await client.SendAsync(request, time).ConfigureAwait(false);
        int status = (int)response.StatusCode;
        await ReadBodyAsync(response, time).ConfigureAwait(false);
        return new CheckResult(status is >= 200 and < 400 ? CheckVerdict.Good : CheckVerdict.Bad, $"GET {config.Path} answered {status}");
    }

    /// <summary>A response that never completes is no good sign, and a server whose body nobody reads writes an error into its log.</summary>
    private static async Task ReadBodyAsync(HttpResponseMessage response, CancellationToken time)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(time).ConfigureAwait(false);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            for (int sum = 0; sum < MaxBodyBytes; sum += read)
            {
                read = await body.ReadAsync(piece, time).ConfigureAwait(false);
                if (read == 0) return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
