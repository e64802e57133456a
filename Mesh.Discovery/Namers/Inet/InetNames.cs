using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Inet;

/// <summary>The names with addresses in them that somebody watches, by id, and for a while those that nobody does.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class InetNames : IDisposable
{
    /// <summary>
    /// Names remembered though nobody watches them; further ones, and those that never had an address, go with their last watch. A client that
    /// asks for ever new names fills no memory.
    /// </summary>
    public const int MaxIdle = 1_000;

    /// <summary>How long a name that nobody watches is still remembered (at most twice this), so that its next watch finds it warm.</summary>
    private static readonly TimeSpan _linger = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<Path, InetName> _names = [];
    private readonly ITimer _timer;
    private int _idle;

    public InetNames(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static self => ((InetNames)self!).Forget(), this, _linger, _linger);
    }

    public int Count
    {
        get
        {
            lock (_gate) return _names.Count;
        }
    }

    public ImmutableArray<NameStatus> Status
    {
        get
        {
            InetName[] all;
            lock (_gate) all = [.. _names.Values];
            return [.. all.Select(name => name.Status).OrderBy(status => status.Name.ToString(), StringComparer.Ordinal)];
        }
    }

    public InetName Acquire(Path id, string host, int port, Func<string, IHostWatch> watchHost)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(id, out InetName? name)) _names.Add(id, name = new InetName(id, host, port, watchHost, _time));
            else if (name.Watchers == 0) _idle--;
            name.Watchers++;
            return name;
        }
    }

    public void Release(InetName name)
    {
        lock (_gate)
        {
            if (--name.Watchers > 0) return;
            _idle++;
            if (!name.IsListenedTo && (_idle > MaxIdle || !name.IsKnown)) Drop(name);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            foreach (InetName name in _names.Values) name.Dispose();
            _names.Clear();
        }
    }

    private void Forget()
    {
        lock (_gate)
        {
            foreach (InetName name in _names.Values.Where(name => name.Watchers == 0 && !name.IsListenedTo).ToArray()) Drop(name);
        }
    }

    private void Drop(InetName name)
    {
        // After disposal of the whole the name is gone already.
        if (!_names.Remove(name.Bound.Id)) return;
        _idle--;
        name.Dispose();
    }
}
