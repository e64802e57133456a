using System.Collections.Immutable;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>
/// <c>io.mesh.services</c>: the fleet's registered instances. <c>/#/io.mesh.services/web</c>, or with tags <c>/#/io.mesh.services/v2/web</c>, the tag
/// first as in Consul's namer; what follows is residual. Nobody there = <c>~</c>.
/// </summary>
/// <remarks>Any thread. A name lives while somebody watches it or listens to its addresses. Does not own the table.</remarks>
public sealed class ServicesNamer : INamer, IDisposable
{
    /// <summary>How often names that only a destination still hears are looked at.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);

    private readonly ServiceTable _table;
    private readonly bool _includeTag;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string? Tag, string Service), ServicesName> _names = [];
    private readonly ITimer _sweep;

    /// <param name="prefix">Such as <see cref="DefaultPrefix"/>.</param>
    /// <param name="table">Whose services.</param>
    /// <param name="includeTag">Names begin with a tag.</param>
    /// <param name="time">For stamps and sweeps.</param>
    public ServicesNamer(Names.Path prefix, ServiceTable table, bool includeTag, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        (Prefix, _table, _includeTag, _time) = (prefix, table, includeTag, time);
        _sweep = time.CreateTimer(static self => ((ServicesNamer)self!).Sweep(), this, SweepInterval, SweepInterval);
    }

    public static Names.Path DefaultPrefix { get; } = Names.Path.Of("#", "io.mesh.services");

    public Names.Path Prefix { get; }

    public ImmutableArray<string> Problems =>
        [.. Watched().Select(static name => name.Problem).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    public ImmutableArray<NameStatus> Status =>
        [.. Watched().Select(static name => name.Status).OrderBy(static status => status.Name.ToString(), StringComparer.Ordinal)];

    public Task<ImmutableArray<Names.Path>> ListNamesAsync(CancellationToken cancellation) => Task.FromResult<ImmutableArray<Names.Path>>(
    [
        .. _table.All().SelectMany(list => _includeTag
            ? list.Rows.SelectMany(static row => row.Value.Tags.Items).Distinct().Order(StringComparer.Ordinal)
                .Select(tag => Prefix + Names.Path.Of(tag, list.Name))
            : [Prefix + Names.Path.Of(list.Name)]),
    ]);

    public INameWatch Lookup(Names.Path residual)
    {
        int taken = _includeTag ? 2 : 1;
        if (residual.Count < taken) return new FixedNameWatch(NameState.Resolved.Neg);
        string? tag = _includeTag ? ServiceNames.Normal(residual[0]) : null;
        string service = ServiceNames.Normal(residual[taken - 1]);
        if (!ServiceNames.IsName(service) || (tag is not null && !ServiceNames.IsTag(tag))) return new FixedNameWatch(NameState.Resolved.Neg);
        lock (_gate)
        {
            if (!_names.TryGetValue((tag, service), out ServicesName? name))
            {
                Names.Path id = Prefix + (tag is null ? Names.Path.Of(service) : Names.Path.Of(tag, service));
                _names.Add((tag, service), name = new ServicesName(id, _table, tag, service, _time));
            }

            name.Watchers++;
            return new StandingWatch(name.Bound, name.Standing, residual.Drop(taken), () => Release(name));
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        lock (_gate)
        {
            foreach (ServicesName name in _names.Values) name.Dispose();
            _names.Clear();
        }
    }

    private ServicesName[] Watched()
    {
        lock (_gate) return [.. _names.Values];
    }

    private void Release(ServicesName name)
    {
        lock (_gate) name.Watchers--;
    }

    private void Sweep()
    {
        lock (_gate)
        {
            foreach (((string?, string) key, ServicesName name) in _names)
            {
                if (name.Watchers > 0 || name.IsHeard) continue;
                name.Dispose();
                _names.Remove(key);
            }
        }
    }
}
