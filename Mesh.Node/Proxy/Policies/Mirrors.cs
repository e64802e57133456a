using Mesh.Routing.Bindings;

namespace Mesh.Node.Proxy.Policies;

/// <summary>All copies that a router has on their way. Any thread.</summary>
/// <param name="bindings">The router's names.</param>
/// <param name="onBug">Told of an exception that escaped.</param>
internal sealed class Mirrors(BindingCache<Backend> bindings, Action<Exception> onBug)
{
    /// <summary>Copies on their way of all rules of a router: each may hold a body.</summary>
    public const int MaxInFlight = 1000;

    private int _inFlight;

    /// <summary>Takes a place of the rule and of the router; false when there is none.</summary>
    public bool TryEnter(MirrorPolicy policy)
    {
        if (!policy.TryEnter()) return false;
        if (Interlocked.Increment(ref _inFlight) <= MaxInFlight) return true;
        Leave(policy);
        return false;
    }

    public void Leave(MirrorPolicy policy)
    {
        Interlocked.Decrement(ref _inFlight);
        policy.Leave();
    }

    /// <summary>The binding of where copies go, held; they are no requests with rules of their own.</summary>
    public ServiceBinding<Backend> Bind(MirrorPolicy policy)
    {
        BindingKey key = new(policy.Key, MirrorPolicy.BindingKeyPlace);
        return bindings.TryGet(key, out ServiceBinding<Backend> binding) ? binding : bindings.GetOrAdd(key, policy.To);
    }

    public void Report(Exception bug) => onBug(bug);
}
