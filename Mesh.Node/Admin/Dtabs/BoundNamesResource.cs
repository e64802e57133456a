using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>The names that namers can count, as namerd lists them. Namers do not tell of changes: a watch looks again now and then.</summary>
internal sealed class BoundNamesResource(NodeView node) : AdminEndpoint("/api/1/bound-names", "the names that namers can count; watch=true follows")
{
    /// <summary>Between two looks of a watch.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public override AdminClass Class => AdminClass.Control;

    public override async Task HandleAsync(HttpContext context)
    {
        if (NamespaceEndpoint.WantsWatch(context))
        {
            await Watching.FollowAsync(
                context, () => Watching.StreamAsync(context, DtabBodies.Json, ListsAsync(context.RequestAborted)), node.Routes.Ending)
                .ConfigureAwait(false);
        }
        else if (await ListAsync(context.RequestAborted).ConfigureAwait(false) is { } list)
        {
            await Watching.WriteAsync(context, DtabBodies.Json, list).ConfigureAwait(false);
        }
        else
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, BoundNamesEndpoint.Late).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<byte[]?> ListsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        using PeriodicTimer look = new(Look, node.Time);
        do
        {
            yield return await ListAsync(cancel).ConfigureAwait(false);
        }
        while (await look.WaitForNextTickAsync(cancel).ConfigureAwait(false));
    }

    /// <summary>Null: a namer did not answer.</summary>
    private async Task<byte[]?> ListAsync(CancellationToken cancel) =>
        await BoundNamesEndpoint.ListAsync(node, cancel).ConfigureAwait(false) is not { } names ? null : DtabBodies.Line(json =>
        {
            json.WriteStartArray();
            foreach (string name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        });
}
