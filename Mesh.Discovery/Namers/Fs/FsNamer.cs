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
/// Any thread may look up. All file I/O happens in the scan, on one pool thread at a time: a new name is looked at at once, a notification leads to
/// the names that depend on what it names, and each poll, which is only the safety net, to those whose turn it is. Only the scan touches
/// <c>_catalog</c>.
/// </remarks>
public sealed class FsNamer : INamer, IDisposable
{
    /// <summary>
    /// Names that polls look at, a second: some 10 us each. With more names than this a round takes longer than a second; what the operating
    /// system tells of is seen at once all the same.
    /// </summary>
    public const int LooksPerSecond = 1_000;

    private readonly FsNamerOptions _options;
    private readonly TimeProvider _time;
    private readonly FsTree _tree;
    private readonly Lock _gate = new();
    private readonly Dictionary<Names.Path, FsName> _names = [];
    private readonly ConcurrentQueue<FsName> _unseen = new();
    private readonly ConcurrentQueue<FsName> _released = new();
    private readonly FsCatalog _catalog;
    private readonly SerializedAction _scan;
    private readonly FreshProblems _fresh;
    private readonly ITimer _timer;
    private readonly FsNotification? _notification;
    private readonly int _looksPerPoll;
    private HashSet<string>? _changed = [];
    private int _isPollDue;
    private volatile bool _isClosed;
    private ImmutableArray<string> _problems = [];

    public FsNamer(FsNamerOptions options, HostTable hosts, TimeProvider time)
    {
        _options = options;
        _time = time;
        _tree = new FsTree(options.RootDirectory);
        _catalog = new FsCatalog(options, _tree, hosts, time);
        _looksPerPoll = (int)Math.Clamp(LooksPerSecond * options.PollInterval.TotalSeconds, 1, int.MaxValue);
        _scan = new SerializedAction(Scan);
        _fresh = new FreshProblems(time);
        _notification = options.UseNotification ? new FsNotification(_tree.Root, time, Hear) : null;
        _timer = time.CreateTimer(static self => ((FsNamer)self!).Poll(), this, options.PollInterval, options.PollInterval);
    }

    public Names.Path Prefix => _options.Prefix;

    public ImmutableArray<string> Problems => _problems;

    /// <summary>Looks at names so far, whatever led to them.</summary>
    internal long Looks => _catalog.Looks;

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

    /// <summary>The operating system's word: entries of the directory, or null for all.</summary>
    internal void Hear(IReadOnlyCollection<string>? entries)
    {
        lock (_gate)
        {
            if (entries is null || _changed?.Count + entries.Count > FsNotification.MaxEntries) _changed = null;
            else _changed?.UnionWith(entries);
        }
        _scan.Request();
    }

    private void Poll()
    {
        Volatile.Write(ref _isPollDue, 1);
        _scan.Request();
    }

    private void Release(FsName name)
    {
        lock (_gate)
        {
            if (--name.Watchers > 0) return;
            _names.Remove(name.Residual);
            name.IsReleased = true;
        }
        _released.Enqueue(name);
    }

    private void Scan()
    {
        if (_isClosed)
        {
            _catalog.Dispose();
            return;
        }
        bool isDeafTillNow = _notification?.EnsureAttached() == true;
        bool poll = Interlocked.Exchange(ref _isPollDue, 0) == 1;
        HashSet<string>? changed;
        lock (_gate)
        {
            changed = _changed;
            _changed = [];
        }
        _catalog.BeginScan();
        while (_unseen.TryDequeue(out FsName? unseen)) _catalog.Add(unseen);
        while (_released.TryDequeue(out FsName? released)) _catalog.Remove(released);
        if (changed is null || isDeafTillNow) _catalog.LookAtAll();
        else if (changed.Count > 0) _catalog.LookAt(changed);
        if (poll) _catalog.LookAtNext(_looksPerPoll);
        _catalog.EndScan();
        PublishProblems();
    }

    private void PublishProblems()
    {
        ImmutableArray<string> now = _catalog.Problems;
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
