using Mesh.Routing.Dtabs;

namespace Mesh.Routing.Bindings;

/// <summary>What is known of a router's dtab, which may come from a file.</summary>
public abstract record DtabState
{
    private DtabState()
    {
    }

    /// <summary>The rules.</summary>
    public sealed record Known(Dtab Dtab) : DtabState;

    /// <summary>Not here yet: names wait, those that are bound go on as they are.</summary>
    /// <param name="WaitingFor">One line, for who waited in vain.</param>
    public sealed record Pending(string WaitingFor) : DtabState;

    /// <summary>There have never been good rules: names fail at once, those that are bound go on as they are.</summary>
    /// <param name="Reason">What is wrong, with file:line:column.</param>
    public sealed record Failed(string Reason) : DtabState;
}
