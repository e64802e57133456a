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
    /// <param name="seen">Addresses as whoever asks uses them.</param>
    protected abstract Func<NameTree<Name.Bound>, Shown?> Show(Func<AddressState, AddressState> seen);

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
            IAsyncEnumerable<Shown?> all = FollowAsync(table, new Question(name, Asked(path), extra, Seen(context)), context.RequestAborted);
            await Watching.StreamAsync(context, DtabBodies.Json, UntilFaultAsync(all)).ConfigureAwait(false);
        }
        else
        {
            await AnswerAsync(context, table, new Question(name, Asked(path), extra, Seen(context))).ConfigureAwait(false);
        }
    }

    /// <summary>Once all that matters is known, as in namerd. What a namer that never answers keeps back is left out when the time is up.</summary>
    private async Task AnswerAsync(HttpContext context, RouteTable table, Question asked)
    {
        Shown? best = null;
        using CancellationTokenSource late = new(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        await foreach (Shown? shown in FollowAsync(table, asked, either.Token).ConfigureAwait(false))
        {
            if (shown is null) continue;
            best = shown;
            if (!shown.IsPartial) break;
        }

        if (best is not null)
        {
            if (best.Fault is { } fault) await AdminErrors.WriteAsync(context, best.Status, fault).ConfigureAwait(false);
            else await Watching.WriteAsync(context, DtabBodies.Json, best.Document).ConfigureAwait(false);
            return;
        }

        string why = table.WhyNot(asked.Namespace) ?? "a namer has not answered";
        await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"not known within {Patience.TotalSeconds:0} s: {why}")
            .ConfigureAwait(false);
    }

    private async IAsyncEnumerable<Shown?> FollowAsync(RouteTable table, Question asked, [EnumeratorCancellation] CancellationToken cancel)
    {
        Func<NameTree<Name.Bound>, Shown?> show = Show(asked.Seen);
        IAsyncEnumerable<BindResult> results = NameBinder.FollowAsync(
            asked.Path, () => Rules(table, asked.Namespace, asked.Extra), table.View.OnChange, Routes.Lookup, asked.Seen, cancel);
        await foreach (BindResult result in results.ConfigureAwait(false))
        {
            yield return result switch
            {
                BindResult.Resolved resolved => show(resolved.Tree) is { } shown ? shown with { IsPartial = resolved.IsPartial } : null,
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

    private sealed record Question(string Namespace, NamePath Path, Dtab Extra, Func<AddressState, AddressState> Seen);

    /// <summary>A document, or why there is none.</summary>
    protected sealed record Shown(byte[] Document)
    {
        public string? Fault { get; init; }

        /// <summary>More of it is about to be known.</summary>
        public bool IsPartial { get; init; }

        public int Status { get; init; } = StatusCodes.Status500InternalServerError;
    }
}
