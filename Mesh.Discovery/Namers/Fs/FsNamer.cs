using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// <c>io.l5d.fs</c>: a file a service in a directory, its lines the replicas. A missing file is <c>~</c>; an empty one is a known empty set;
/// a malformed one keeps its last good set and is a problem, at the first read a failure that names file:line.
/// </summary>
/// <remarks>
/// Any thread may look up. All file I/O happens in the scan, on one pool thread at a time: a new name is scanned at once, all names at each
/// poll and at each notification. Only the scan touches <c>_files</c>.
/// </remarks>
public sealed class FsNamer : INamer, IDisposable
{
    private readonly FsNamerOptions _options;
    private readonly HostTable _hosts;
    private readonly TimeProvider _time;
    private readonly FsTree _tree;
    private readonly Lock _gate = new();
    private readonly Dictionary<Names.Path, FsName> _names = [];
    private readonly ConcurrentQueue<FsName> _unseen = new();
    private readonly Dictionary<Names.Path, FsFile> _files = [];
    private readonly SerializedAction _scan;
    private readonly FreshProblems _fresh;
    private readonly ITimer _timer;
    private readonly FsNotification? _notification;
    private int _scanAll;
    private volatile bool _isClosed;
    private ImmutableArray<string> _problems = [];

    public FsNamer(FsNamerOptions options, HostTable hosts, TimeProvider time)
    {
        _options = options;
        _hosts = hosts;
        _time = time;
        _tree = new FsTree(options.RootDirectory);
        _scan = new SerializedAction(Scan);
        _fresh = new FreshProblems(time);
        _notification = options.UseNotification ? new FsNotification(_tree.Root, time, ScanAll) : null;
        _timer = time.CreateTimer(static self => ((FsNamer)self!).ScanAll(), this, options.PollInterval, options.PollInterval);
    }

    public Names.Path Prefix => _options.Prefix;

    public ImmutableArray<string> Problems => _problems;

    public ImmutableArray<NameStatus> Status
    {
        get
        {
            FsName[] all;
            lock (_gate) all = [.. _names.Values];
            return [.. all.Select(name => name.Status(Prefix)).OrderBy(status => status.Name.ToString(), StringComparer.Ordinal)];
        }
    }

    /// <summary>The files that there are, hidden ones left out; see <see cref="FsTree.List"/>.</summary>
    public Task<ImmutableArray<Names.Path>> ListNamesAsync(CancellationToken cancellation) =>
        Task.Run(() => _tree.List(cancellation).Select(name => Prefix + name).ToImmutableArray(), cancellation);

    public INameWatch Lookup(Names.Path residual)
    {
        FsName? name;
        bool isNew = false;
        lock (_gate)
        {
            if (!_names.TryGetValue(residual, out name))
            {
                _names.Add(residual, name = new FsName(residual, _time));
                isNew = true;
            }
            name.Watchers++;
        }
        if (isNew)
        {
            _unseen.Enqueue(name);
            _scan.Request();
        }
        return new Watch(this, name);
    }

    public void Dispose()
    {
        _isClosed = true;
        _timer.Dispose();
        _notification?.Dispose();
        _scan.Request();
    }

    private void ScanAll()
    {
        Volatile.Write(ref _scanAll, 1);
        _scan.Request();
    }

    private void Release(FsName name)
    {
        lock (_gate)
        {
            if (--name.Watchers == 0) _names.Remove(name.Residual);
        }
    }

    private void Scan()
    {
        if (_isClosed)
        {
            foreach (FsFile file in _files.Values) file.Dispose();
            _files.Clear();
            return;
        }
        _notification?.EnsureAttached();
        bool all = Interlocked.Exchange(ref _scanAll, 0) == 1;
        var names = new List<FsName>();
        while (_unseen.TryDequeue(out FsName? unseen)) names.Add(unseen);
        if (all)
        {
            lock (_gate) names = [.. _names.Values];
        }

        var refreshed = new HashSet<FsFile>();
        foreach (FsName name in names) Refresh(name, refreshed);
        if (all) ForgetFilesBut(refreshed);
        PublishProblems();
    }

    private void Refresh(FsName name, HashSet<FsFile> refreshed)
    {
        if (_tree.Find(name.Residual) is not { } found)
        {
            name.Set(NameState.Resolved.Neg, null);
            return;
        }
        Names.Path fileName = name.Residual.Take(found.Consumed);
        if (!_files.TryGetValue(fileName, out FsFile? file))
        {
            file = new FsFile(Prefix + fileName, found.FullPath, _hosts, _time, _options.PollInterval);
            _files.Add(fileName, file);
        }
        if (refreshed.Add(file)) file.Refresh();
        NameState state = file.FirstReadFailure is { } failure
            ? new NameState.Failed(failure)
            : NameState.Resolved.To(file.Bound, name.Residual.Drop(found.Consumed));
        name.Set(state, file);
    }

    /// <summary>
    /// A file that no name leads to any more is gone or not wanted. While a destination still listens to its addresses the object stays, so
    /// that the next watch meets the same one.
    /// </summary>
    private void ForgetFilesBut(HashSet<FsFile> used)
    {
        foreach ((Names.Path name, FsFile file) in _files.Where(pair => !used.Contains(pair.Value)).ToArray())
        {
            if (!file.IsListenedTo)
            {
                _files.Remove(name);
                file.Dispose();
            }
            else if (_tree.Find(name) is null) file.Vanish();
            else file.Refresh();
        }
    }

    private void PublishProblems()
    {
        ImmutableArray<string> now = [.. _files.Values.Select(file => file.Problem).OfType<string>().Order(StringComparer.Ordinal)];
        ImmutableInterlocked.InterlockedExchange(ref _problems, now);
        if (_options.Report is { } report)
        {
            foreach (string problem in _fresh.Among(now)) report(problem);
        }
    }

    private sealed class Watch(FsNamer namer, FsName name) : INameWatch
    {
        private int _isDisposed;

        public NameState Current => name.State.Current;

        public IDisposable OnChange(Action changed) => name.State.OnChange(changed);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) namer.Release(name);
        }
    }
}
