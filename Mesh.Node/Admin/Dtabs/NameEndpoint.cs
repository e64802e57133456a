using System.Runtime.CompilerServices;
using System.Text;
using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>What a name leads to by a namespace's rules: once, or (<c>watch=true</c>) again after each change.</summary>
internal abstract class NameEndpoint(RoutesView routes, string path, string summary) : NamespaceEndpoint(routes, path, summary)
{
    /// <summary>What is shown of a result, with its line break; null: not known yet. One function a request.</summary>
    protected abstract Func<NameTree<Name.Bound>, Shown?> Show();

    /// <summary>The rules that a name is bound by; null: not known yet.</summary>
    protected virtual Dtab? Rules(RouteTable table, string name, Dtab extra) =>
        table.StateOf(name) is DtabState.Known known ? known.Dtab + extra : null;

    protected virtual NamePath Asked(NamePath path) => path;

    protected sealed override async Task HandleAsync(HttpContext context, RouteTable table)
    {
        string name = Rest(context);
        if (!RouteLimits.IsName(name))
        {
            await NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        if (!NamePath.TryParse(context.Request.Query["path"].ToString(), out NamePath? path, out SyntaxError? error))
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, $"Invalid path: {error}").ConfigureAwait(false);
            return;
        }

        if (!Dtab.TryParse(context.Request.Query["dtab"].ToString(), out Dtab? extra, out error))
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, $"Invalid dtab: {error}").ConfigureAwait(false);
            return;
        }

        if (WantsWatch(context))
        {
            IAsyncEnumerable<Shown?> all = FollowAsync(table, name, Asked(path), extra, context.RequestAborted);
            await Watching.StreamAsync(context, DtabBodies.Json, UntilFaultAsync(all)).ConfigureAwait(false);
        }
        else
        {
            await AnswerAsync(context, table, name, Asked(path), extra).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext context, RouteTable table, string name, NamePath path, Dtab extra)
    {
        using CancellationTokenSource late = new(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        await foreach (Shown? shown in FollowAsync(table, name, path, extra, either.Token).ConfigureAwait(false))
        {
            if (shown is null) continue;
            if (shown.Fault is { } fault) await AdminErrors.WriteAsync(context, shown.Status, fault).ConfigureAwait(false);
            else await Watching.WriteAsync(context, DtabBodies.Json, shown.Document).ConfigureAwait(false);
            return;
        }

        string why = table.WhyNot(name) ?? "a namer has not answered";
        await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"not known within {Patience.TotalSeconds:0} s: {why}")
            .ConfigureAwait(false);
    }

    private async IAsyncEnumerable<Shown?> FollowAsync(
        RouteTable table, string name, NamePath path, Dtab extra, [EnumeratorCancellation] CancellationToken cancel)
    {
        Func<NameTree<Name.Bound>, Shown?> show = Show();
        IAsyncEnumerable<BindResult> results = NameBinder.FollowAsync(
            path, () => Rules(table, name, extra), table.View.OnChange, Routes.Lookup, cancel);
        await foreach (BindResult result in results.ConfigureAwait(false))
        {
            yield return result switch
            {
                BindResult.Resolved resolved => show(resolved.Tree),
                BindResult.Failed failed => new Shown([]) { Fault = failed.Reason },
                _ => null,
            };
        }
    }

    /// <summary>A failure's line is the last one, as in namerd.</summary>
    private static async IAsyncEnumerable<byte[]?> UntilFaultAsync(IAsyncEnumerable<Shown?> all)
    {
        await foreach (Shown? shown in all.ConfigureAwait(false))
        {
            yield return shown?.Fault is { } fault ? Encoding.UTF8.GetBytes(fault + "\n") : shown?.Document;
            if (shown?.Fault is not null) yield break;
        }
    }

    /// <summary>A document, or why there is none.</summary>
    protected sealed record Shown(byte[] Document)
    {
        public string? Fault { get; init; }

        public int Status { get; init; } = StatusCodes.Status500InternalServerError;
    }
}
