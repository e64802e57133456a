namespace Mesh.Routing.Accrual;

/// <summary>Why an endpoint is not usable, as it is counted.</summary>
[Flags]
internal enum Ailments
{
    None = 0,

    /// <summary>Its breaker is not alive.</summary>
    Dead = 1,

    /// <summary>Active checks say so.</summary>
    Sick = 2,

    /// <summary>Discovery would rather see it used last.</summary>
    Doubted = 4,
}

/// <summary>
/// How many endpoints of a destination are out, and what follows: whether one more may die, and whether most are out so that it is better to use
/// them (panic).
/// </summary>
/// <remarks>
/// Any thread, no lock. Counts move with each transition, by whoever made it, and are exact as soon as those under way have settled; nothing ever
/// goes through all endpoints. A place among the dead is taken before the breaker moves and given back after it moved again: racing deaths cannot
/// exceed the cap together, and while counts settle there are rather too many dead in the tally than too few.
/// </remarks>
internal sealed class EndpointTally
{
    /// <summary>Makes 0.3 x 10 be 3.</summary>
    private const double Rounding = 1e-9;

    private int _dead;
    private int _sick;
    private int _unusable;
    private int _flips;
    private int _size;
    private int _maximumDead = int.MaxValue;
    private int _panicBeyond = int.MaxValue;

    /// <summary>Endpoints that were there when the bounds were set.</summary>
    internal int Size => Volatile.Read(ref _size);

    internal int Dead => Volatile.Read(ref _dead);

    internal int Sick => Volatile.Read(ref _sick);

    /// <summary>Endpoints that are dead, sick or doubted.</summary>
    internal int Unusable => Volatile.Read(ref _unusable);

    /// <summary>Changes whenever an endpoint becomes usable or stops being so.</summary>
    internal int Flips => Volatile.Read(ref _flips);

    /// <summary>
    /// Whether fewer endpoints are usable than the threshold asks for: then those that failed are used as if they had not. Never of one endpoint,
    /// which has no sibling to relieve.
    /// </summary>
    internal bool IsPanicking => Unusable > Volatile.Read(ref _panicBeyond);

    /// <param name="size">Endpoints of the set.</param>
    /// <param name="panicThreshold">Share that must be usable, 0 to 1.</param>
    /// <param name="maximumEjectedShare">Share that may be dead, 0 to 1; one may always be.</param>
    internal void Bound(int size, double panicThreshold, double maximumEjectedShare)
    {
        int panicBeyond = size < 2 || !(panicThreshold > 0) ? int.MaxValue : (int)Math.Floor(size - Math.Min(1, panicThreshold) * size + Rounding);
        int maximumDead = maximumEjectedShare >= 1 ? int.MaxValue : Math.Max(1, (int)Math.Floor(Math.Max(0, maximumEjectedShare) * size + Rounding));
        Volatile.Write(ref _panicBeyond, panicBeyond);
        Volatile.Write(ref _maximumDead, maximumDead);
        Volatile.Write(ref _size, size);
    }

    /// <summary>Takes a place among the dead; false when there is none left.</summary>
    internal bool TryReserveDeath()
    {
        int dead = Dead;
        while (dead < Volatile.Read(ref _maximumDead))
        {
            int found = Interlocked.CompareExchange(ref _dead, dead + 1, dead);
            if (found == dead) return true;
            dead = found;
        }

        return false;
    }

    /// <summary>Gives a place back that no endpoint took.</summary>
    internal void ReleaseDeath() => Interlocked.Decrement(ref _dead);

    /// <summary>One endpoint is counted otherwise than before.</summary>
    /// <param name="before">As it was counted.</param>
    /// <param name="after">As it is.</param>
    /// <param name="reserved">Places among the dead that the caller holds for it, 0 or 1; they end here.</param>
    internal void Move(Ailments before, Ailments after, int reserved)
    {
        Add(ref _dead, Has(after, Ailments.Dead) - Has(before, Ailments.Dead) - reserved);
        Add(ref _sick, Has(after, Ailments.Sick) - Has(before, Ailments.Sick));
        int flip = (after == Ailments.None ? 0 : 1) - (before == Ailments.None ? 0 : 1);
        if (flip == 0) return;
        Add(ref _unusable, flip);
        Interlocked.Increment(ref _flips);
    }

    private static int Has(Ailments all, Ailments one) => (all & one) == 0 ? 0 : 1;

    private static void Add(ref int count, int delta)
    {
        if (delta != 0) Interlocked.Add(ref count, delta);
    }
}
