namespace Mesh.Routing.Bindings;

/// <summary>Which bindings may go for a newcomer.</summary>
internal enum EvictionScope
{
    /// <summary>Those with overrides: they have had their share.</summary>
    Overrides,

    /// <summary>Those that lead nowhere, and those with overrides.</summary>
    Cheap,

    /// <summary>All.</summary>
    All,
}

/// <summary>
/// Four queues of bindings, the cheapest first, as at four counters: who stands in front goes when room is needed, unless it is in use or was asked
/// for again since it lined up; then it lines up anew behind. (The CLOCK algorithm, a queue for each rank.)
/// </summary>
/// <remarks>
/// Under the cache's lock. Looking at one costs tens of nanoseconds, and each look but the last is paid for by a request that asked for the name
/// again or holds it: a flood of new names costs the same for 1 000 bindings as for 100 000. Sorting all by their idle time, as this once did, cost
/// 0.4 ms for each new name. A binding lines up as one that leads nowhere, and is known better when its turn comes.
/// </remarks>
internal sealed class EvictionOrder<TDestination>
    where TDestination : class
{
    private const int NowhereWithOverrides = 0;
    private const int Nowhere = 1;
    private const int WorksWithOverrides = 2;
    private const int Works = 3;

    private readonly LinkedList<ServiceBinding<TDestination>>[] _queues = [new(), new(), new(), new()];

    public void Add(ServiceBinding<TDestination> binding)
    {
        binding.Place = new LinkedListNode<ServiceBinding<TDestination>>(binding);
        _queues[RankOf(binding)].AddLast(binding.Place);
    }

    /// <summary>Nothing for one that stands in no queue.</summary>
    public static void Remove(ServiceBinding<TDestination> binding)
    {
        if (binding.Place is not { List: { } queue } place) return;
        queue.Remove(place);
        binding.Place = null;
    }

    /// <summary>Lines it up anew, by what it is now. Nothing for one that stands in no queue.</summary>
    public void Requeue(ServiceBinding<TDestination> binding)
    {
        if (binding.Place is not { List: { } queue } place) return;
        queue.Remove(place);
        _queues[RankOf(binding)].AddLast(place);
    }

    public void Clear()
    {
        foreach (LinkedList<ServiceBinding<TDestination>> queue in _queues) queue.Clear();
    }

    /// <summary>The one that goes, sealed: nobody can hold it any more. Null when there is none.</summary>
    public ServiceBinding<TDestination>? TrySeal(EvictionScope scope)
    {
        ServiceBinding<TDestination>? sealedOne = TrySeal(NowhereWithOverrides);
        if (scope != EvictionScope.Overrides) sealedOne ??= TrySeal(Nowhere);
        sealedOne ??= TrySeal(WorksWithOverrides);
        return scope == EvictionScope.All ? sealedOne ?? TrySeal(Works) : sealedOne;
    }

    private ServiceBinding<TDestination>? TrySeal(int rank)
    {
        LinkedList<ServiceBinding<TDestination>> queue = _queues[rank];
        // Twice round: the first time may be spent on those that were asked for again.
        for (int looks = 2 * queue.Count; looks > 0 && queue.First is { } front; looks--)
        {
            ServiceBinding<TDestination> binding = front.Value;
            bool stays = RankOf(binding) > rank || binding.InUse > 0 || binding.TakeAskedAgain();
            if (!stays && binding.TrySeal()) return binding;
            Requeue(binding);
        }

        return null;
    }

    private static int RankOf(ServiceBinding<TDestination> binding) => binding.Current is { Failure: null }
        ? binding.HasOverrides ? WorksWithOverrides : Works
        : binding.HasOverrides ? NowhereWithOverrides : Nowhere;
}
