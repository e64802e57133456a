using System.Net;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>A log of requests: what the request path calls. Routers that name the same file share one.</summary>
/// <remarks>
/// Hot path. Imagine each loop with a sheet of paper of its own: it writes line under line, and hands the sheet to the archivist when it is full.
/// Twice a second the archivist also takes sheets that are not. Whoever wants a sheet swaps it for nothing in one interlocked step: a loop that
/// finds its sheet gone takes a fresh one, an archivist who finds none (the loop is writing just now) comes back later; nobody waits. A lock would
/// be as fast, until the archivist is put to sleep while holding it. No allocation, but for a buffer the first times and the date each second.
/// </remarks>
internal sealed class AccessLog : IAsyncDisposable
{
    /// <summary>Buffers that may wait for the writer, beside the one that each loop is filling.</summary>
    public const int MaxWaitingBuffers = 64;

    /// <summary>How long a line may wait at most before it is handed to the writer.</summary>
    public static readonly TimeSpan FlushPeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the end of the node waits for the last lines.</summary>
    public static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    /// <summary>Drops are told no more often than this; the metric has all of them.</summary>
    private static readonly TimeSpan s_tellPeriod = TimeSpan.FromMinutes(1);

    /// <summary>References in two cache lines: loops do not disturb each other.</summary>
    private const int Stride = 16;

    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly LineBufferPool _pool;
    private readonly LogWriter _writer;
    private readonly ITimer _timer;

    /// <summary>The buffer that each loop fills, at its index times the stride; null while somebody holds it, or when there is none.</summary>
    private readonly LineBuffer?[] _current;
    private LogStamp _stamp = new(-1, []);
    private long _dropped;
    private long _droppedTold;
    private long _toldAt = -1;

    /// <summary>Starts the timer. <paramref name="name"/> is for messages; loops have the indexes 1 to <paramref name="loops"/>.</summary>
    public AccessLog(string name, ILogTarget target, int loops, TimeProvider time, Action<string> report)
    {
        _name = name;
        _time = time;
        _report = report;
        _current = new LineBuffer?[(loops + 1) * Stride];
        _pool = new LineBufferPool(loops + 1 + MaxWaitingBuffers);
        _writer = new LogWriter(name, target, _pool, Collect, report);
        _timer = time.CreateTimer(static self => ((AccessLog)self!)._writer.Tick(), this, FlushPeriod, FlushPeriod);
    }

    /// <summary>Lines written.</summary>
    public long Lines => _writer.Lines;

    /// <summary>Lines dropped because the writer fell behind, or lost because they could not be written.</summary>
    public long Dropped => Interlocked.Read(ref _dropped) + _writer.Lost;

    /// <summary>Writes, and attempts to open, that failed.</summary>
    public long Failures => _writer.Failures;

    /// <summary>Notes a response, when its head has arrived. Never waits; a line that finds no room is dropped and counted.</summary>
    /// <param name="loopIndex">Of the loop that this runs on; 0 on no loop.</param>
    /// <param name="head">The request, its bytes still valid.</param>
    /// <param name="remote">Who connected; null when unknown. Take it once for a connection: asking the socket costs a system call.</param>
    /// <param name="status">Status code of the response.</param>
    /// <param name="responseBytes">Its Content-Length; -1 when it had none.</param>
    public void Log(int loopIndex, RequestHead head, IPAddress? remote, int status, long responseBytes)
    {
        ref LineBuffer? slot = ref _current[loopIndex * Stride];
        byte[] stamp = Stamp();
        LineBuffer? buffer = Interlocked.Exchange(ref slot, null) ?? _pool.TryTake();
        if (buffer is not null && !buffer.TryAppend(head, remote, status, responseBytes, stamp))
        {
            _writer.Enqueue(buffer);
            buffer = _pool.TryTake();
            buffer?.TryAppend(head, remote, status, responseBytes, stamp);
        }

        if (buffer is null) Interlocked.Increment(ref _dropped);
        else if (Interlocked.CompareExchange(ref slot, buffer, null) is not null) _writer.Enqueue(buffer);
    }

    /// <summary>Completes when what was logged before the call is written, or known to be lost.</summary>
    public Task FlushAsync() => _writer.FlushAsync();

    /// <summary>Writes what is left, within <see cref="CloseLimit"/>, and closes. After the loops have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        try
        {
            await _writer.CloseAsync().WaitAsync(CloseLimit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _report($"access log {_name} did not take its last lines within {CloseLimit.TotalSeconds:0} s");
        }
    }

    private byte[] Stamp()
    {
        DateTimeOffset now = _time.GetUtcNow();
        LogStamp stamp = Volatile.Read(ref _stamp);
        return stamp.Second == LogStamp.SecondOf(now) ? stamp.Text : NextStampCold(now);
    }

    private byte[] NextStampCold(DateTimeOffset now)
    {
        LogStamp stamp = LogStamp.Of(now, _time.LocalTimeZone);
        Volatile.Write(ref _stamp, stamp);
        return stamp.Text;
    }

    /// <summary>On the writer's thread: takes what the loops have begun.</summary>
    private void Collect()
    {
        for (int at = 0; at < _current.Length; at += Stride)
        {
            if (Interlocked.Exchange(ref _current[at], null) is { } buffer) _writer.Enqueue(buffer);
        }

        TellDrops();
    }

    private void TellDrops()
    {
        long dropped = Interlocked.Read(ref _dropped);
        if (dropped == _droppedTold || (_toldAt >= 0 && _time.GetElapsedTime(_toldAt) < s_tellPeriod)) return;
        _report($"access log {_name} cannot keep up with the requests: {dropped - _droppedTold} lines were dropped");
        _droppedTold = dropped;
        _toldAt = _time.GetTimestamp();
    }
}
