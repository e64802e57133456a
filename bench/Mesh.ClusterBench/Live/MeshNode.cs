using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;

namespace Mesh.ClusterBench.Live;

/// <summary>A process of the program <c>mesh</c>, with its output and its admin port. Killed when disposed.</summary>
internal sealed partial class MeshNode : IDisposable
{
    private const int Terminate = 15;
    private const int MaxLines = 5_000;

    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(15) };
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(25);

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Task _end;
    private readonly MeshNodeOptions _options;
    private volatile bool _askedToEnd;

    private MeshNode(MeshNodeOptions options, Process process)
    {
        _options = options;
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _end = _process.WaitForExitAsync();
    }

    public string Name => _options.Name;

    /// <summary>Of its router.</summary>
    public int Port => _options.Port;

    public int Id => _process.Id;

    public bool IsRunning => !_end.IsCompleted;

    /// <summary>Nobody asked it to, and nobody killed it.</summary>
    public bool EndedByItself => !IsRunning && !_askedToEnd;

    /// <summary>Of its output, as much as a failure's text can bear.</summary>
    public string LastWords => string.Join('\n', Lines.TakeLast(80));

    /// <summary>What it said so far, errors too.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    /// <param name="options">Its config is written, and the node told to read it.</param>
    /// <param name="program">The command that is <c>mesh</c>.</param>
    public static MeshNode Start(MeshNodeOptions options, ReadOnlySpan<string> program)
    {
        Directory.CreateDirectory(options.Directory);
        string file = Path.Combine(options.Directory, "mesh.yaml");
        File.WriteAllText(file, options.ToConfig());
        ProcessStartInfo start = new(program[0], [.. program[1..], "run", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["MESH_STATE_DIR"] = options.StateDirectory },
        };
        return new MeshNode(options, new Process { StartInfo = start, EnableRaisingEvents = true });
    }

    /// <summary>Waits until it says that it is ready.</summary>
    public Task ReadyAsync(TimeSpan patience) => UntilAsync(IsReadyAsync, patience, "ready");

    /// <summary>Whether it says so now.</summary>
    public async Task<bool> IsReadyAsync() => (await AdminAsync(HttpMethod.Get, "/admin/ready")).Status == 200;

    /// <summary>Waits until it is so.</summary>
    /// <exception cref="TimeoutException">It never was; the text has what the process said.</exception>
    public async Task UntilAsync(Func<Task<bool>> holds, TimeSpan patience, string what)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > patience || (!IsRunning && Stopwatch.GetElapsedTime(began) > s_look * 40))
                throw new TimeoutException($"node {Name}: {what} did not come within {patience}. It said:\n{LastWords}");
            await Task.Delay(s_look);
        }
    }

    /// <summary>A request to its admin port; status 0 when nobody answers.</summary>
    public async Task<(int Status, string Text)> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(method, new Uri($"http://127.0.0.1:{_options.AdminPort}{path}"));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        if (method != HttpMethod.Get) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token());
        try
        {
            using HttpResponseMessage answer = await s_http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
        {
            return (0, fault.Message);
        }
    }

    /// <summary>Puts a namespace's rules.</summary>
    public Task<(int Status, string Text)> PutAsync(string name, string dtab) => AdminAsync(HttpMethod.Put, $"/api/1/dtabs/{name}", dtab);

    /// <summary>One of its series without labels, or with the given text of labels; NaN when it has none.</summary>
    public async Task<double> MetricAsync(string name)
    {
        string text = (await AdminAsync(HttpMethod.Get, "/metrics")).Text;
        string? line = text.Split('\n').FirstOrDefault(each => each.StartsWith(name + " ", StringComparison.Ordinal));
        return line is null ? double.NaN : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>What the console says of a command that only tells.</summary>
    public async Task<string> ConsoleAsync(string command) =>
        (await AdminAsync(HttpMethod.Get, $"/api/1/console/run?command={Uri.EscapeDataString(command)}")).Text;

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _askedToEnd = true;
        _process.Kill();
    }

    /// <summary>SIGTERM: it ends in order.</summary>
    public void AskToEnd()
    {
        _askedToEnd = true;
        if (SendSignal(_process.Id, Terminate) != 0) throw new InvalidOperationException($"kill({_process.Id}, {Terminate}) failed");
    }

    public async Task EndedAsync(TimeSpan patience)
    {
        try
        {
            await _end.WaitAsync(patience);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"node {Name} did not end within {patience}. It said:\n{LastWords}", late);
        }
    }

    public void Dispose()
    {
        if (IsRunning)
        {
            _process.Kill();
            _end.Wait();
        }

        _process.Dispose();
    }

    private string Token()
    {
        string file = Path.Combine(_options.StateDirectory, "admin-token");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            if (_lines.Count >= MaxLines) _lines.RemoveRange(0, MaxLines / 2);
            _lines.Add(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}

/// <summary>What a node's config is made of.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Directory">Of its own; a node whose disk is wiped loses it.</param>
internal sealed record MeshNodeOptions(string Name, string Directory)
{
    public int Port { get; init; }

    public int AdminPort { get; init; }

    public int ClusterPort { get; init; }

    /// <summary>Cluster ports of the core nodes.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [];

    public bool IsCore { get; init; } = true;

    /// <summary>The mapping <c>journal</c>, in braces.</summary>
    public string Journal { get; init; } = "{kind: quorum}";

    /// <summary>Further keys of the node, each with a comma after it.</summary>
    public string More { get; init; } = "";

    /// <summary>Survives a wiped disk, as the operator's token would.</summary>
    public string StateDirectory => Directory + "-state";

    public string ToConfig()
    {
        string role = IsCore ? $"roles: [core], bootstrapExpect: {Seeds.Count}" : "roles: [edge]";
        string seeds = string.Join(", ", Seeds.Select(static port => $"'127.0.0.1:{port}'"));
        return $$"""
            { admin: {port: {{AdminPort}}, shutdownGraceMs: 5000}, loops: 1, {{More}}
              cluster: {node: {{Name}}, port: {{ClusterPort}}, seeds: [{{seeds}}], {{role}}, directory: '{{Directory}}'},
              journal: {{Journal}}, namers: [{kind: io.mesh.services}],
              routers: [{protocol: http, label: http, interpreter: {kind: io.mesh.routes, namespace: web}, servers: [{port: {{Port}}}]}] }
            """;
    }
}
