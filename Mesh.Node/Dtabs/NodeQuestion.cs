using System.Net;
using System.Text.Json;
using Mesh.Node.Cli;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>A running node, asked over its admin port what a name leads to: by a router, or by a namespace of the fleet.</summary>
/// <param name="Node">Its admin address.</param>
/// <param name="Namespace">Of the fleet; null: a router is meant.</param>
/// <param name="Router">Its label; null: the node's first.</param>
/// <param name="Dtab">Rules behind the namespace's.</param>
internal sealed record NodeQuestion(Uri Node, string? Namespace, string? Router, string? Dtab)
{
    /// <summary>Most bytes of an answer: a thousand nodes with their addresses.</summary>
    public const int MaxAnswerBytes = 16 << 20;

    /// <summary>How long a node may take; it gives namers 2 to 5 s itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Prints the answer; returns the exit code.</summary>
    public async Task<int> ExplainAsync(Path path, CommandContext context, CancellationToken cancel)
    {
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        (http.Timeout, http.MaxResponseContentBufferSize) = (Patience, MaxAnswerBytes);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(Target(path), cancel).ConfigureAwait(false);
            string body = await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                context.Error.WriteLine($"error: {Node.Authority} answers {(int)answer.StatusCode}: {body.Trim()}");
                return answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound ? ExitCodes.BadInput : ExitCodes.Broken;
            }

            using JsonDocument tree = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 1000 });
            (string text, bool isBound) = DelegationText.Of(tree.RootElement);
            context.Answers.Write(text);
            return isBound ? ExitCodes.Success : ExitCodes.Unbound;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            string why = fault is TaskCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : fault.Message;
            context.Error.WriteLine($"error: {Node.Authority}: {why}");
            return ExitCodes.Broken;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            context.Error.WriteLine($"error: {Node.Authority} does not answer as a node does ({fault.Message}); is it an admin port?");
            return ExitCodes.Broken;
        }
    }

    private Uri Target(Path path)
    {
        string dtab = string.IsNullOrEmpty(Dtab) ? "" : "&dtab=" + Uri.EscapeDataString(Dtab);
        string query = "path=" + Uri.EscapeDataString(path.ToString()) + dtab;
        return Namespace is { } name
            ? new Uri(Node, $"/api/1/delegate/{Uri.EscapeDataString(name)}?{query}")
            : new Uri(Node, $"/delegator.json?{query}{(Router is null ? "" : "&namespace=" + Uri.EscapeDataString(Router))}");
    }
}
