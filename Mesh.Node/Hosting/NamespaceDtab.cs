using Mesh.Routing.Bindings;
using Mesh.Routing.Routes;

namespace Mesh.Node.Hosting;

/// <summary>The dtab of a namespace of the fleet (<c>io.mesh.routes</c>).</summary>
internal sealed class NamespaceDtab : IDtabSource
{
    private readonly RouteTable _table;
    private readonly string _name;
    private readonly Action _changed;
    private readonly IDisposable _subscription;
    private DtabState _told;

    /// <param name="table">The fleet's namespaces.</param>
    /// <param name="name">Which one.</param>
    /// <param name="changed">Told after each change of <see cref="State"/>, on any thread; those of other namespaces are not told.</param>
    public NamespaceDtab(RouteTable table, string name, Action changed)
    {
        (_table, _name, _changed) = (table, name, changed);
        _told = State;
        _subscription = table.View.OnChange(OnTable);
    }

    public DtabState State => _table.StateOf(_name);

    public string Name =>
        _table.Find(_name) is { } known ? $"namespace {_name}, version {known.Version}"
        : _table.WhyNot(_name) is { } why ? $"namespace {_name}: {why}"
        : $"namespace {_name}, which does not exist";

    public void Dispose() => _subscription.Dispose();

    private void OnTable()
    {
        DtabState now = State;
        if (!ReferenceEquals(Interlocked.Exchange(ref _told, now), now)) _changed();
    }
}
