using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Microsoft.AspNetCore.Http;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin;

/// <summary>The names that namers can count, such as the files of <c>io.l5d.fs</c>, whether or not somebody asks for them.</summary>
internal sealed class BoundNamesEndpoint(NodeView node) : AdminEndpoint("/bound-names.json", "the names that namers can count")
{
    /// <summary>How long namers may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public const string Late = "Request timed out: a namer has not answered within 2 s";

    public override async Task HandleAsync(HttpContext context)
    {
        if (await ListAsync(node, context.RequestAborted).ConfigureAwait(false) is not { } names)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Late).ConfigureAwait(false);
            return;
        }

        await AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray();
            foreach (string name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    /// <summary>In ordinal order; null: a namer did not answer in time.</summary>
    internal static async Task<IReadOnlyCollection<string>?> ListAsync(NodeView node, CancellationToken cancel)
    {
        using CancellationTokenSource late = new(Patience, node.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        SortedSet<string> names = new(StringComparer.Ordinal);
        try
        {
            foreach (INamer namer in node.Namers())
            {
                ImmutableArray<NamePath> known = await namer.ListNamesAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
                foreach (NamePath name in known) names.Add(name.ToString());
            }

            return names;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return null;
        }
    }
}
