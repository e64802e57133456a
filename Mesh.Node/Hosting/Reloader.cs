using Mesh.Discovery.Names;
using Mesh.Node.Cli;
using Mesh.Node.Config;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Hosting;

/// <summary>Reads a running node's config again when its file changes or SIGHUP asks, and gives it to the node.</summary>
/// <remarks>On the thread pool, one reload at a time; what is asked for meanwhile is one more.</remarks>
internal sealed class Reloader : IDisposable
{
    private readonly NodeHost _host;
    private readonly RunRequest _request;
    private readonly NodeLog _log;
    private readonly SerializedAction _reload;
    private readonly WatchedFile? _watch;
    private readonly IDisposable _hangup;

    /// <param name="host">Whose config it is.</param>
    /// <param name="request">Where it came from.</param>
    /// <param name="known">The file's content before the node started, from <see cref="ReadNow"/>: what changes from then on is a change.</param>
    /// <param name="log">Where SIGHUP is answered.</param>
    /// <param name="time">The clock of the watch.</param>
    public Reloader(NodeHost host, RunRequest request, byte[]? known, NodeLog log, TimeProvider time)
    {
        _host = host;
        _request = request;
        _log = log;
        _reload = new SerializedAction(Reload);
        if (!IsStandardInput) _watch = new WatchedFile(request.File, YamlLimits.MaxBytes, known, time, _ => _reload.Request());
        _hangup = ShutdownSignal.OnHangup(OnHangup);
    }

    /// <summary>The content of the file that a request names; null for standard input.</summary>
    public static byte[]? ReadNow(RunRequest request) =>
        request.File == ConfigText.StandardInput ? null : WatchedFile.Read(request.File, YamlLimits.MaxBytes);

    public void Dispose()
    {
        _hangup.Dispose();
        _watch?.Dispose();
    }

    private bool IsStandardInput => _request.File == ConfigText.StandardInput;

    private void OnHangup()
    {
        if (IsStandardInput) _log.Warning("config", "SIGHUP: the config came from standard input and cannot be read again; restart to change it");
        else _reload.Request();
    }

    private void Reload() =>
        _host.Reload(ConfigLoader.LoadFile(_request.File, _request.Assignments, DtabCheck.Hooks, static () => Stream.Null));
}
