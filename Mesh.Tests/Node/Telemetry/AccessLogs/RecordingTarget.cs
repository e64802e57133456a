using System.Text;
using Mesh.Node.Telemetry.AccessLogs;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

/// <summary>Remembers what was written; can fail, and can hang until it is let go.</summary>
internal sealed class RecordingTarget : ILogTarget
{
    private readonly StringBuilder _text = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _next = NewSource();

    /// <summary>What <see cref="Write"/> throws; null: it works.</summary>
    public volatile IOException? Error;

    /// <summary>While not set, <see cref="Write"/> hangs.</summary>
    public ManualResetEventSlim Going { get; } = new(true);

    /// <summary>Set when a write has begun.</summary>
    public TaskCompletionSource Begun { get; } = NewSource();

    public int Writes { get; private set; }

    public bool IsDisposed { get; private set; }

    public string Text
    {
        get
        {
            lock (_gate) return _text.ToString();
        }
    }

    /// <summary>The next write that ends.</summary>
    public Task NextWrite
    {
        get
        {
            lock (_gate) return _next.Task;
        }
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        Begun.TrySetResult();
        Going.Wait();
        Writes++;
        if (Error is not null) throw Error;
        lock (_gate)
        {
            _text.Append(Encoding.ASCII.GetString(lines));
            _next.SetResult();
            _next = NewSource();
        }
    }

    public void Maintain()
    {
    }

    public void Dispose() => IsDisposed = true;

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
