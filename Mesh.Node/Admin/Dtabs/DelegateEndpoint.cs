using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>All that a name leads to by a namespace's rules, alternatives included: the namespace in the path, or as a field.</summary>
internal sealed class DelegateEndpoint(RoutesView routes, string path, string summary) : NamespaceEndpoint(
    routes, path, summary, path.EndsWith(Below, StringComparison.Ordinal) ? [HttpMethods.Get] : [HttpMethods.Get, HttpMethods.Post])
{
    public static IEnumerable<AdminEndpoint> Both(RoutesView routes) =>
    [
        new DelegateEndpoint(routes, "/api/1/delegate", "all that path= leads to by the namespace namespace= and dtab="),
        new DelegateEndpoint(routes, "/api/1/delegate/*", "NAMESPACE?path=: all that a name leads to, by the namespace and dtab="),
    ];

    protected override async Task HandleAsync(HttpContext context, RouteTable table)
    {
        (DelegateQuestion? question, int status, string why) = await DelegateQuestion.ReadAsync(context).ConfigureAwait(false);
        if (question is null)
        {
            await AdminErrors.WriteAsync(context, status, why).ConfigureAwait(false);
            return;
        }

        string? name = Rest(context) is { Length: > 0 } below ? below : question.Namespace;
        if (name is not null && !RouteLimits.IsName(name))
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        // Without a namespace the given rules are all there are, as in namerd.
        Dtab? rules = name is null ? Dtab.Empty : await RulesAsync(context, table, name).ConfigureAwait(false);
        if (rules is null)
        {
            string missing = table.WhyNot(name!) ?? RouteTable.Unsettled;
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, missing).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource late = new(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        Dtab dtab = rules + (question.Dtab ?? Dtab.Empty);
        DelegateTree tree = await Delegator.DelegateAsync(dtab, question.Path, Routes.Lookup, Seen(context), either.Token).ConfigureAwait(false);
        if (tree.HasPending)
        {
            string late2 = $"not known within {Patience.TotalSeconds:0} s: a namer has not answered, or the dtab is too long";
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, late2).ConfigureAwait(false);
            return;
        }

        await Watching.WriteAsync(context, DtabBodies.Json, DtabBodies.Line(json => DelegateTreeJson.Write(json, tree))).ConfigureAwait(false);
    }

    /// <summary>Null: not known, and not in time.</summary>
    private static async Task<Dtab?> RulesAsync(HttpContext context, RouteTable table, string name)
    {
        if (table.StateOf(name) is not DtabState.Known) await table.WhenSettledAsync(Patience, context.RequestAborted).ConfigureAwait(false);
        return (table.StateOf(name) as DtabState.Known)?.Dtab;
    }
}
