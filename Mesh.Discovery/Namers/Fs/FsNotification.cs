namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// The operating system's word that something in a directory changed, told once a burst (50 ms after its first event, so that a writer
/// gets to finish). Best effort: where it does not work, polling is all there is.
/// </summary>
/// <remarks>Not recursive: a recursive inotify watch walks the whole tree and takes one watch a directory from a small shared budget.</remarks>
public sealed class FsNotification : IDisposable
{
    /// <summary>Entries that a burst names; with more it says that all may have changed.</summary>
    public const int MaxEntries = 1_000;

    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(50);

    private readonly string _directory;
    private readonly Action<IReadOnlyCollection<string>?> _changed;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private HashSet<string>? _entries = [];
    private bool _isSettling;
    private FileSystemWatcher? _watcher;

    /// <param name="directory">Watched, not what is in directories below it. It may come later.</param>
    /// <param name="time">The clock of the bursts.</param>
    /// <param name="changed">Told on a pool thread.</param>
    public FsNotification(string directory, TimeProvider time, Action changed)
        : this(directory, time, _ => changed())
    {
    }

    /// <param name="directory">Watched, not what is in directories below it. It may come later.</param>
    /// <param name="time">The clock of the bursts.</param>
    /// <param name="changed">
    /// Told on a pool thread the names in the directory of what came, went or changed; null when it is not known what else did: events were lost,
    /// or there were more than <see cref="MaxEntries"/>.
    /// </param>
    public FsNotification(string directory, TimeProvider time, Action<IReadOnlyCollection<string>?> changed)
    {
        _directory = directory;
        _changed = changed;
        _timer = time.CreateTimer(
            static self => ((FsNotification)self!).Tell(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Attaches if it is not attached; called by each scan, since the directory may come later than the namer, go, and come again.</summary>
    /// <returns>True when it has just attached: what happened before was not heard.</returns>
    public bool EnsureAttached()
    {
        if (!Directory.Exists(_directory))
        {
            Detach();
            return false;
        }

        if (_watcher is not null) return false;
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(_directory);
            watcher.Changed += OnEvent;
            watcher.Created += OnEvent;
            watcher.Deleted += OnEvent;
            watcher.Renamed += OnRenamed;
            watcher.Error += OnError;
            watcher.EnableRaisingEvents = true;
            _watcher = watcher;
            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException or PlatformNotSupportedException or UnauthorizedAccessException)
        {
            // Out of inotify instances, or gone again: polling goes on.
            watcher?.Dispose();
            return false;
        }
    }

    public void Dispose()
    {
        Detach();
        _timer.Dispose();
    }

    private void OnEvent(object sender, FileSystemEventArgs e) => Note(e.Name);

    private void OnRenamed(object sender, RenamedEventArgs e)
    {
        Note(e.OldName);
        Note(e.Name);
    }

    /// <summary>Events were lost or the directory is gone: the next scan attaches anew.</summary>
    private void OnError(object sender, ErrorEventArgs e)
    {
        Detach();
        Note(null);
    }

    private void Detach() => Interlocked.Exchange(ref _watcher, null)?.Dispose();

    private void Note(string? entry)
    {
        lock (_gate)
        {
            if (entry is null || _entries is { Count: MaxEntries }) _entries = null;
            else _entries?.Add(entry);
            if (_isSettling) return;
            _isSettling = true;
        }

        _timer.Change(_settle, Timeout.InfiniteTimeSpan);
    }

    private void Tell()
    {
        HashSet<string>? entries;
        lock (_gate)
        {
            entries = _entries;
            _entries = [];
            _isSettling = false;
        }

        _changed(entries);
    }
}
