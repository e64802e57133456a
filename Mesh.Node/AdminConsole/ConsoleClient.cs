using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Mesh.Node.Cli;

namespace Mesh.Node.AdminConsole;

/// <summary>What the client was told of a command.</summary>
internal sealed record KnownCommand(string Words, string Usage, string Summary, bool Mutates);

/// <summary>The console's side of the conversation: asks one node over its admin port.</summary>
/// <param name="node">The admin address, <c>http://127.0.0.1:9990</c>.</param>
/// <param name="token">The admin token, asked for only when something is to change; null when there is none.</param>
internal sealed class ConsoleClient(Uri node, Func<string?> token) : IDisposable
{
    /// <summary>Most bytes of the list of commands.</summary>
    private const int MaxPalettesBytes = 1 << 20;

    private static readonly TimeSpan s_connectTime = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = s_connectTime, UseProxy = false })
    {
        BaseAddress = node,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The commands that the node knows, by name.</summary>
    /// <exception cref="HttpRequestException">The node cannot be reached, or is none.</exception>
    public async Task<IReadOnlyList<KnownCommand>> CommandsAsync(CancellationToken cancel)
    {
        using HttpResponseMessage answer = await _http.GetAsync(
            new Uri("/api/1/console", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"{node} answers {(int)answer.StatusCode} to the console; is it a Mesh node's admin port?");
        await answer.Content.LoadIntoBufferAsync(MaxPalettesBytes, cancel).ConfigureAwait(false);
        using JsonDocument palettes = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false));
        return [.. palettes.RootElement.EnumerateArray().Select(static each => new KnownCommand(
            each.GetProperty("words").GetString()!,
            each.GetProperty("usage").GetString()!,
            each.GetProperty("summary").GetString()!,
            each.GetProperty("mutates").GetBoolean()))];
    }

    /// <summary>Runs a command and copies its answer as it comes; what says no goes to <paramref name="error"/>. Returns the exit code.</summary>
    /// <exception cref="HttpRequestException">The node cannot be reached, or broke off.</exception>
    public async Task<int> RunAsync(string line, bool mutates, bool json, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(mutates ? HttpMethod.Post : HttpMethod.Get, Target(line, mutates, json));
        if (mutates) request.Content = new StringContent(line, Encoding.UTF8, "text/plain");
        if (mutates && token() is { } secret) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
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
            HttpStatusCode.OK => ExitCodes.Success,
            HttpStatusCode.Conflict => ExitCodes.No,
            HttpStatusCode.BadRequest => ExitCodes.BadInput,
            _ => ExitCodes.Broken,
        };
    }

    public void Dispose() => _http.Dispose();

    private static Uri Target(string line, bool mutates, bool json)
    {
        string query = mutates ? "" : $"command={Uri.EscapeDataString(line)}&";
        return new Uri($"/api/1/console/run?{query}json={(json ? 1 : 0)}", UriKind.Relative);
    }
}
