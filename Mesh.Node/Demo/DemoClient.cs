namespace Mesh.Node.Demo;

/// <summary>Calls services by name through the node, as any client would: the address of the node, the name as Host.</summary>
/// <remarks>Any thread. Limits: 256 connections, five seconds a call.</remarks>
internal sealed class DemoClient(TimeProvider time) : IDisposable
{
    private const int Connections = 256;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        MaxConnectionsPerServer = Connections,
    });

    private volatile Uri? _node;

    /// <summary>The node's router; to be set before the first call.</summary>
    public Uri Node
    {
        set => _node = value;
    }

    /// <summary>The response; 504 or 502 with the reason where there is none.</summary>
    public Task<DemoAnswer> GetAsync(string service) => GetAsync(_node!, service);

    /// <summary>The response of one node's router.</summary>
    public async Task<DemoAnswer> GetAsync(Uri node, string service)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, node);
        request.Headers.Host = service;
        using CancellationTokenSource late = new(s_patience, time);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, late.Token).ConfigureAwait(false);
            string text = await response.Content.ReadAsStringAsync(late.Token).ConfigureAwait(false);
            return new DemoAnswer((int)response.StatusCode, text.Trim());
        }
        catch (OperationCanceledException)
        {
            return new DemoAnswer(504, $"no answer within {s_patience.TotalSeconds} s") { IsFromNode = false };
        }
        catch (HttpRequestException fault)
        {
            return new DemoAnswer(502, fault.Message) { IsFromNode = false };
        }
        catch (IOException fault)
        {
            return new DemoAnswer(502, fault.Message) { IsFromNode = false };
        }
    }

    public void Dispose() => _http.Dispose();
}
