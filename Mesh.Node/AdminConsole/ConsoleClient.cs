using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Node.Cli;

namespace Mesh.Node.AdminConsole;

/// <summary>The console's side of the conversation: asks one node over its admin port.</summary>
/// <param name="node">The admin address, <c>http://127.0.0.1:9990</c>.</param>
/// <param name="token">The admin token, asked for only when something is to change, or the node wants it; null when there is none.</param>
/// <param name="name">Who the node's log and histories shall say it was; null: no name is given.</param>
internal sealed class ConsoleClient(Uri node, Func<string?> token, string? name = null) : IDisposable
{
    /// <summary>Most bytes of the list of commands.</summary>
    private const int MaxPalettesBytes = 1 << 20;

    private static readonly TimeSpan s_connectTime = TimeSpan.FromSeconds(5);

    /// <summary>How long a key press waits for names.</summary>
    private static readonly TimeSpan s_valuesTime = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = s_connectTime, UseProxy = false })
    {
        BaseAddress = node,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private volatile bool _wantsToken;

    /// <summary>The commands that the node knows, by name.</summary>
    /// <exception cref="HttpRequestException">The node cannot be reached, or is none, or wants a token that is not here.</exception>
    public async Task<IReadOnlyList<KnownCommand>> CommandsAsync(CancellationToken cancel)
    {
        using HttpResponseMessage answer = await TellAsync("/api/1/console", cancel).ConfigureAwait(false);
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.ServiceUnavailable)
            throw new HttpRequestException((await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false)).TrimEnd());
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{node} answers {(int)answer.StatusCode} to the console; is it a Mesh node's admin port?");
        await answer.Content.LoadIntoBufferAsync(MaxPalettesBytes, cancel).ConfigureAwait(false);
        using JsonDocument palettes = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
        return [.. palettes.RootElement.EnumerateArray().Select(KnownCommand.Read)];
    }

    /// <summary>Names of a kind that begin so; none where the node does not say in time.</summary>
    public async Task<IReadOnlyList<string>> ValuesAsync(string kind, string prefix)
    {
        using CancellationTokenSource late = new(s_valuesTime);
        try
        {
            string path = $"/api/1/console/values?of={Uri.EscapeDataString(kind)}&prefix={Uri.EscapeDataString(prefix)}";
            using HttpResponseMessage answer = await TellAsync(path, late.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) return [];
            await answer.Content.LoadIntoBufferAsync(MaxPalettesBytes, late.Token).ConfigureAwait(false);
            using JsonDocument names = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(late.Token).ConfigureAwait(false));
            return [.. names.RootElement.EnumerateArray().Select(static each => each.GetString() ?? "")];
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            return [];
        }
    }

    /// <summary>Runs a command and copies its answer as it comes; what says no goes to <paramref name="error"/>. Returns the exit code.</summary>
    /// <exception cref="HttpRequestException">The node cannot be reached, or broke off.</exception>
    public async Task<int> RunAsync(string line, bool mutates, bool json, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        string form = $"json={(json ? 1 : 0)}";
        using HttpResponseMessage answer = mutates
            ? await ChangeAsync($"/api/1/console/run?{form}", line, cancel).ConfigureAwait(false)
            : await TellAsync($"/api/1/console/run?command={Uri.EscapeDataString(line)}&{form}", cancel).ConfigureAwait(false);
        TextWriter to = answer.IsSuccessStatusCode || json ? output : error;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false), Encoding.UTF8);
        if (to == error) await error.WriteAsync("error: ".AsMemory(), cancel).ConfigureAwait(false);
        char[] buffer = new char[4096];
        for (int count; (count = await reader.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            await to.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            await to.FlushAsync(cancel).ConfigureAwait(false);
        }

        return answer.StatusCode switch
        {
            HttpStatusCode.OK => ExitOf(answer),
            HttpStatusCode.Conflict => ExitCodes.No,
            HttpStatusCode.BadRequest or HttpStatusCode.RequestUriTooLong or HttpStatusCode.RequestEntityTooLarge => ExitCodes.BadInput,
            _ => ExitCodes.Broken,
        };
    }

    public void Dispose() => _http.Dispose();

    private static int ExitOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(ConsoleEndpoint.ExitHeader, out IEnumerable<string>? values)
        && int.TryParse(values.First(), out int code) ? code : ExitCodes.Success;

    /// <summary>Without the token first: a node on this machine needs none to tell something, and none should travel in vain.</summary>
    private async Task<HttpResponseMessage> TellAsync(string path, CancellationToken cancel)
    {
        HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path, null, _wantsToken ? token() : null, cancel).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.Unauthorized || _wantsToken || token() is not { } secret) return answer;
        _wantsToken = true;
        answer.Dispose();
        return await SendAsync(HttpMethod.Get, path, null, secret, cancel).ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> ChangeAsync(string path, string line, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, path, new StringContent(line, Encoding.UTF8, "text/plain"), token(), cancel);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, string? secret, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body };
        if (secret is not null) request.Headers.Authorization = Shown(secret);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
    }

    /// <summary>A name travels as the user of Basic, which ends at the first colon.</summary>
    private AuthenticationHeaderValue Shown(string secret)
    {
        string user = CallerName.Plain(name ?? "").Replace(':', '.');
        return user.Length == 0
            ? new AuthenticationHeaderValue("Bearer", secret)
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));
    }
}
