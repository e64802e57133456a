using System.Text;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.Hosting;

/// <summary>The dtab of a watched file (<c>io.l5d.fs</c> as interpreter). The last good rules hold while it is gone or malformed.</summary>
internal sealed class DtabFile : IDtabSource
{
    /// <summary>Largest file read, bytes; what the parser takes in characters.</summary>
    private const int MaxBytes = 1 << 20;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Action _changed;
    private readonly NodeLog _log;
    private readonly WatchedFile _watch;
    private volatile DtabState _state;

    /// <param name="path">Relative to the working directory or absolute.</param>
    /// <param name="changed">Told after each change of <see cref="State"/>, on the pool.</param>
    /// <param name="log">Where faults are told, once each.</param>
    /// <param name="time">The clock of the watch.</param>
    public DtabFile(string path, Action changed, NodeLog log, TimeProvider time)
    {
        Path = path;
        _changed = changed;
        _log = log;
        byte[]? now = WatchedFile.Read(path, MaxBytes);
        _state = StateOf(now, new DtabState.Pending($"The dtab is to come from {path}, which does not exist yet."));
        _watch = new WatchedFile(path, MaxBytes, now, time, OnContent);
    }

    public string Path { get; }

    public DtabState State => _state;

    public string Name => $"file {Path}";

    public void Dispose() => _watch.Dispose();

    private void OnContent(byte[]? content)
    {
        _state = StateOf(content, _state);
        _changed();
    }

    private DtabState StateOf(byte[]? content, DtabState before)
    {
        if (content is null)
        {
            if (before is not DtabState.Known) return new DtabState.Pending($"The dtab is to come from {Path}, which does not exist yet.");
            _log.Warning("interpreter", $"{Path}: gone or not to be read; its last good dtab holds on");
            return before;
        }

        if (Parse(content, out string fault) is { } dtab) return new DtabState.Known(dtab);
        _log.Warning("interpreter", before is DtabState.Known ? $"{fault}; the last good dtab holds on" : fault);
        return before is DtabState.Known ? before : new DtabState.Failed(fault);
    }

    private Dtab? Parse(byte[] content, out string fault)
    {
        fault = "";
        if (content.Length > MaxBytes)
        {
            fault = $"{Path}:1:1: larger than {MaxBytes} bytes";
            return null;
        }

        string text;
        try
        {
            text = s_strict.GetString(content).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            fault = $"{Path}:1:1: not UTF-8 text";
            return null;
        }

        if (DtabCheck.FirstFault(text) is not { } first) return Dtab.Parse(text);
        string before = text[..first.Offset];
        int line = before.Count(static character => character == '\n') + 1;
        int column = first.Offset - (before.LastIndexOf('\n') + 1) + 1;
        fault = $"{Path}:{line}:{column}: {first.What}";
        return null;
    }
}
