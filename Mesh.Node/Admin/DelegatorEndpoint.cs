using Mesh.Routing.Dtabs;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>What a name leads to and by which rules, all alternatives included, as a tree (Linkerd 1's dtab playground asks it).</summary>
internal sealed class DelegatorEndpoint(NodeView node) : AdminEndpoint(
    "/delegator.json", "what path= leads to, by the router namespace= and dtab= or its own dtab", HttpMethods.Get, HttpMethods.Post)
{
    /// <summary>How long it may take, namers and all; Linkerd's.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public override AdminClass Class => AdminClass.Ui;

    public override async Task HandleAsync(HttpContext context)
    {
        (DelegateQuestion? question, int status, string why) = await DelegateQuestion.ReadAsync(context).ConfigureAwait(false);
        if (question is null || Router(question, out status, out why) is not { } delegateTo)
        {
            await AdminErrors.WriteAsync(context, status, why).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource late = new(Patience, node.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        DelegateTree tree = await delegateTo(question.Dtab, question.Path, either.Token).ConfigureAwait(false);
        if (tree.HasPending)
        {
            const string Late = "Request timed out: not known within 2 s; a namer has not answered, or the dtab is too long";
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Late).ConfigureAwait(false);
            return;
        }

        await AdminJson.WriteAsync(context, StatusCodes.Status200OK, json => DelegateTreeJson.Write(json, tree)).ConfigureAwait(false);
    }

    private DelegateByRouter? Router(DelegateQuestion question, out int status, out string why)
    {
        RouterView? router = question.Namespace is { } label
            ? node.Routers.FirstOrDefault(each => each.Label == label)
            : node.Routers.FirstOrDefault();
        bool cannot = router is { Delegate: null };
        status = cannot ? StatusCodes.Status501NotImplemented : StatusCodes.Status404NotFound;
        why = cannot
            ? $"Name Interpreter for {router!.Label} cannot show delegations"
            : $"no router `{question.Namespace}`; there are {string.Join(", ", node.Routers.Select(static each => each.Label))}";
        return router?.Delegate;
    }
}
