using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Mesh.Tests.EndToEnd;

/// <summary>What a call came to.</summary>
/// <param name="Http">The HTTP status.</param>
/// <param name="Code">grpc-status, from trailers or head; -1: there was none.</param>
/// <param name="Text">Payload of all messages.</param>
/// <param name="Head">Fields of the head.</param>
/// <param name="Trailers">The trailers.</param>
internal sealed record GrpcResult(int Http, int Code, string Text, HttpResponseHeaders Head, HttpResponseHeaders Trailers)
{
    /// <summary>grpc-message, as it came.</summary>
    public string Message => Of("grpc-message") ?? "";

    public string? Of(string name) =>
        Head.TryGetValues(name, out IEnumerable<string>? values) || Trailers.TryGetValues(name, out values) ? string.Join(',', values) : null;
}

/// <summary>A gRPC client over the framework's own HTTP/2.</summary>
internal sealed class GrpcClient(TestNode node) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _method = new($"http://{node.Address}/test.Service/Method");

    /// <summary>A message as it stands in a body.</summary>
    public static byte[] Frame(string text) => [0, 0, 0, (byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    /// <summary>One message, one answer.</summary>
    public async Task<GrpcResult> CallAsync(string text, params (string Name, string Value)[] fields)
    {
        using HttpResponseMessage response = await SendAsync(new ByteArrayContent(Frame(text)), fields).WaitAsync(Peer.Patience);
        return await ReadAsync(response).WaitAsync(Peer.Patience);
    }

    /// <summary>The head of the response; its body is the caller's to read.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpContent content, (string Name, string Value)[] fields, CancellationToken cancel = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, _method)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.Host = "web";
        request.Headers.TE.ParseAdd("trailers");
        foreach ((string name, string value) in fields) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
    }

    public static async Task<GrpcResult> ReadAsync(HttpResponseMessage response)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        StringBuilder text = new();
        for (int at = 0; at + 5 <= body.Length;)
        {
            int length = (body[at + 3] << 8) | body[at + 4];
            text.Append(Encoding.ASCII.GetString(body, at + 5, Math.Min(length, body.Length - at - 5)));
            at += 5 + length;
        }

        bool said = response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? status)
            || response.Headers.TryGetValues("grpc-status", out status);
        int code = said ? int.Parse(status!.First(), CultureInfo.InvariantCulture) : -1;
        return new GrpcResult((int)response.StatusCode, code, text.ToString(), response.Headers, response.TrailingHeaders);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>A request body that is written while the call runs.</summary>
internal sealed class OpenBody : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends a message now.</summary>
    public async Task WriteAsync(string text)
    {
        Stream stream = await _stream.Task.WaitAsync(Peer.Patience);
        await stream.WriteAsync(GrpcClient.Frame(text));
        await stream.FlushAsync();
    }

    /// <summary>The client has said all.</summary>
    public void End() => _end.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken);
        _stream.SetResult(stream);

        // The framework resets a stream only when its body has stopped, too.
        await _end.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
