namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// The operating system's word that something in a directory changed, told once a burst (50 ms after its first event, so that a writer
/// gets to finish). Best effort: where it does not work, polling is all there is.
/// </summary>
/// <remarks>Not recursive: a recursive inotify watch walks the whole tree and takes one watch a directory from a small shared budget.</remarks>
public sealed class FsNotification : IDisposable
{
    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(50);

    private readonly string _directory;
    private readonly ITimer _timer;
    private FileSystemWatcher? _watcher;
    private int _isSettling;

    public FsNotification(string directory, TimeProvider time, Action changed)
    {
        _directory = directory;
        _timer = time.CreateTimer(
            _ =>
            {
                Volatile.Write(ref _isSettling, 0);
                changed();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Attaches if it is not attached; called by each scan, since the directory may come later than the namer.</summary>
    public void EnsureAttached()
    {
        if (_watcher is not null || !Directory.Exists(_directory)) return;
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(_directory);
            watcher.Changed += OnEvent;
            watcher.Created += OnEvent;
            watcher.Deleted += OnEvent;
            watcher.Renamed += OnEvent;
            watcher.Error += OnError;
            watcher.EnableRaisingEvents = true;
            _watcher = watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException or PlatformNotSupportedException or UnauthorizedAccessException)
        {
            // Out of inotify instances, or gone again: polling goes on.
            watcher?.Dispose();
        }
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _timer.Dispose();
    }

    private void OnEvent(object sender, FileSystemEventArgs e)
    {
        if (Interlocked.Exchange(ref _isSettling, 1) == 0) _timer.Change(_settle, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Events were lost or the directory is gone: the next scan attaches anew.</summary>
    private void OnError(object sender, ErrorEventArgs e) => Interlocked.Exchange(ref _watcher, null)?.Dispose();
}
