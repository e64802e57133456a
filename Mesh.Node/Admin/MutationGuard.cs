using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>
/// Stands before every call that changes something: no page of another site, the token shown, one line in the log whatever happens.
/// </summary>
/// <param name="token">Null: the node keeps none, and nothing can be changed.</param>
/// <param name="audit">Takes the line: who, what, result.</param>
internal sealed class MutationGuard(AdminToken? token, Action<string> audit)
{
    /// <summary>Characters of a request that an audit line shows.</summary>
    private const int MaxShown = 200;

    private static readonly object s_note = new();

    /// <summary>Adds what the call says in its body to its line in the log.</summary>
    public static void Note(HttpContext context, string text) => context.Items[s_note] = text;

    /// <summary>
    /// Lets the handler answer, or answers in its place: 403 for another site's page, 401 without the token, 503 when there is none.
    /// </summary>
    /// <param name="context">The call.</param>
    /// <param name="handle">Its handler.</param>
    /// <param name="changes">False: it only tells, and leaves a line only where it is turned away.</param>
    public async Task RunAsync(HttpContext context, Func<HttpContext, Task> handle, bool changes = true)
    {
        bool isTold = changes;
        string result = "failed";
        try
        {
            if (ForeignPage(context.Request) is { } page)
            {
                isTold = true;
                await AdminErrors.WriteAsync(context, StatusCodes.Status403Forbidden, page).ConfigureAwait(false);
            }
            else if (await ShowsTokenAsync(context).ConfigureAwait(false))
            {
                await handle(context).ConfigureAwait(false);
            }
            else
            {
                isTold = true;
            }

            result = $"{context.Response.StatusCode}";
        }
        finally
        {
            if (isTold) audit($"{Who(context)} {What(context)}: {result}");
        }
    }

    /// <summary>
    /// Why a browser's request is not ours to serve; null when it is, or no browser sent it. Any page may post to loopback, and a browser that was
    /// once given the password would add it; hence the look at where the page came from (Fetch standard, the Origin and Sec-Fetch-Site fields).
    /// Sec-Fetch-Site decides where it is sent: no page can forge it, and a proxy between, which changes Host, does not confuse it.
    /// </summary>
    private static string? ForeignPage(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        string origin = request.Headers.Origin.ToString();
        if (site is "same-origin" or "none") return null;
        if (site.Length > 0) return $"a page of another site sent this (Sec-Fetch-Site: {Printable(site)})";
        bool isOwn = origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
        return isOwn ? null : $"a page of another site sent this (Origin: {Printable(origin)})";
    }

    private async Task<bool> ShowsTokenAsync(HttpContext context)
    {
        string? secret = null;
        string? why = "this node keeps no admin token";
        if (token is null || !token.TryRead(out secret, out why))
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, why!).ConfigureAwait(false);
            return false;
        }

        if (Given(context.Request.Headers.Authorization.ToString()) is { } given && AdminToken.AreEqual(secret, given)) return true;
        context.Response.Headers.WWWAuthenticate = new[] { "Bearer realm=\"mesh admin\"", "Basic realm=\"mesh admin\"" };
        string what = $"this needs the admin token of {token.File}, as `Authorization: Bearer TOKEN` or as a Basic password";
        await AdminErrors.WriteAsync(context, StatusCodes.Status401Unauthorized, what).ConfigureAwait(false);
        return false;
    }

    /// <summary>The secret that an Authorization field carries: the Bearer token (RFC 6750), or the password of Basic (RFC 7617).</summary>
    private static string? Given(string field)
    {
        int space = field.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return null;
        string scheme = field[..space];
        string credentials = field[space..].Trim();
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return credentials;
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;
        Span<byte> bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out int length)) return null;
        string pair = Encoding.UTF8.GetString(bytes[..length]);
        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }

    /// <summary>Where the call comes from, and the name that it gives itself.</summary>
    private static string Who(HttpContext context)
    {
        ConnectionInfo connection = context.Connection;
        string says = CallerName.Claimed(context.Request) is { } name ? $" (says {name})" : "";
        string address = connection.RemoteIpAddress is { } ip ? new IPEndPoint(ip, connection.RemotePort).ToString() : "unknown";
        return connection.ClientCertificate is { } certificate ? $"{address} ({Printable(certificate.Subject)}){says}" : address + says;
    }

    private static string What(HttpContext context)
    {
        string target = Printable($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        return context.Items[s_note] is string note ? $"{target} {Printable(note)}" : target;
    }

    /// <summary>One line that cannot pretend to be two.</summary>
    private static string Printable(string text)
    {
        string shown = text.Length > MaxShown ? text[..MaxShown] + ".." : text;
        return string.Concat(shown.Select(static letter => char.IsControl(letter) ? '?' : letter));
    }
}
