using System.Collections.Immutable;
using Mesh.Routing.Routes;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>Which versions a change may be made over, as its If-Match says (RFC 9110 13.1.1): any or none, any that is there, or some.</summary>
/// <param name="IsAsked">False: there is no such field.</param>
/// <param name="Versions">One of these; empty when asked: any that is there (<c>*</c>).</param>
internal readonly record struct IfMatch(bool IsAsked, ImmutableArray<long> Versions)
{
    /// <summary>How often another version is tried that came meanwhile.</summary>
    private const int MaxRounds = 5;

    /// <param name="field">Tags with or without quotes, with commas between them; several fields are one.</param>
    public static IfMatch Of(string field)
    {
        string[] tags = field.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (tags.Length == 0) return default;
        return tags is ["*"] ? new IfMatch(true, []) : new IfMatch(true, [.. tags.Select(ETags.Version)]);
    }

    /// <summary>Makes the change over the version that is there, if it is one of them.</summary>
    /// <param name="here">What this node has; 0: nothing. The owner may have another.</param>
    /// <param name="change">Over one version; 0: whatever is there, or nothing.</param>
    public async Task<RouteResult> ChangeAsync(long here, Func<long, Task<RouteResult>> change)
    {
        if (!IsAsked) return await change(0).ConfigureAwait(false);
        long version = Allows(here) ? here : Versions is [var first, ..] ? first : ETags.Nobodys;
        RouteResult result = await change(version).ConfigureAwait(false);
        for (int round = 1; round < MaxRounds && result is RouteResult.Stale stale && stale.Version != version && Allows(stale.Version); round++)
        {
            version = stale.Version;
            result = await change(version).ConfigureAwait(false);
        }

        return result;
    }

    /// <inheritdoc cref="ChangeAsync(long, Func{long, Task{RouteResult}})"/>
    public static Task<RouteResult> ChangeAsync(HttpContext context, RouteTable table, string name, Func<long, Task<RouteResult>> change) =>
        Of(context.Request.Headers.IfMatch.ToString()).ChangeAsync(table.Find(name)?.Version ?? 0, change);

    private bool Allows(long version) => version > 0 && (Versions.IsEmpty || Versions.Contains(version));
}
