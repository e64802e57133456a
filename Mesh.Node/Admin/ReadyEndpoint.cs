using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Says whether the node should get traffic, and if not, every reason, one a line.</summary>
/// <param name="reasons">
/// What keeps the node from being ready, <c>draining</c> or <c>server http/4140 not listening</c>; empty = ready. Any thread, quick.
/// </param>
/// <param name="notes">What is told beside <c>ready</c>, such as how old the node's view of the fleet is; empty = nothing.</param>
internal sealed class ReadyEndpoint(Func<IReadOnlyList<string>> reasons, Func<IReadOnlyList<string>>? notes = null)
    : AdminEndpoint("/admin/ready", "200 when the node should get traffic, else 503 and the reasons")
{
    /// <summary>Lines of one answer; a node with ten thousand cold names says so in a few.</summary>
    private const int MaximumReasons = 50;

    public override Task HandleAsync(HttpContext context)
    {
        IReadOnlyList<string> now = reasons();
        if (now.Count == 0)
        {
            string beside = string.Concat((notes?.Invoke() ?? []).Select(static note => note + "\n"));
            return AdminText.WriteAsync(context, StatusCodes.Status200OK, "ready\n" + beside);
        }

        IEnumerable<string> lines = now.Take(MaximumReasons);
        if (now.Count > MaximumReasons) lines = lines.Append($"and {now.Count - MaximumReasons} more");
        return AdminText.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, string.Join('\n', lines) + "\n");
    }
}
