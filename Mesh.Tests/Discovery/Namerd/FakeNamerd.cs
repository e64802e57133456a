using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;

namespace Mesh.Tests.Discovery.Namerd;

/// <summary>A namerd whose every answer a test makes by hand, byte by byte.</summary>
internal sealed class FakeNamerd : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Channel<Asked>> _asked = new();

    /// <summary>The next question of a kind, <c>bind</c> or <c>addr</c>.</summary>
    public async Task<Asked> NextAsync(string kind = "bind") => await Questions(kind).Reader.ReadAsync().AsTask().WaitAsync(Live.Patience);

    /// <summary>Questions of a kind that nobody has taken.</summary>
    public int Waiting(string kind) => Questions(kind).Reader.Count;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Asked asked = new(request.RequestUri!.PathAndQuery);
        cancellationToken.Register(asked.Leave);
        Questions(request.RequestUri.Segments[3].TrimEnd('/')).Writer.TryWrite(asked);
        return asked.Answer.WaitAsync(cancellationToken);
    }

    private Channel<Asked> Questions(string kind) => _asked.GetOrAdd(kind, static _ => Channel.CreateUnbounded<Asked>());
}

/// <summary>One question and the answer under way.</summary>
internal sealed class Asked(string target)
{
    private readonly TaskCompletionSource<HttpResponseMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Pipe _body = new();

    public string Target => target;

    public Task<HttpResponseMessage> Answer => _answer.Task;

    /// <summary>Completes when the other side asks no more.</summary>
    public Task Left => _left.Task.WaitAsync(Live.Patience);

    public void Leave() => _left.TrySetResult();

    /// <summary>Bytes of a 200, as they are.</summary>
    public async Task SayAsync(string bytes)
    {
        Begin(HttpStatusCode.OK);
        await _body.Writer.WriteAsync(Encoding.UTF8.GetBytes(bytes));
    }

    public void Refuse(HttpStatusCode status, string words)
    {
        Begin(status);
        _body.Writer.Write(Encoding.UTF8.GetBytes(words));
        _body.Writer.Complete();
    }

    public void End() => _body.Writer.Complete();

    public void Break() => _body.Writer.Complete(new IOException("reset by a test"));

    public void RefuseConnection() => _answer.TrySetException(new HttpRequestException("nobody listens"));

    private void Begin(HttpStatusCode status) =>
        _answer.TrySetResult(new HttpResponseMessage(status) { Content = new StreamContent(_body.Reader.AsStream()) });
}

internal static class PipeWriting
{
    public static void Write(this PipeWriter writer, byte[] bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
