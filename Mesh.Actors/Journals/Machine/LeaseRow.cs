using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>
/// A lease as it is stored: no time of day in it, so that no two clocks are ever compared. It runs out when somebody has watched it stay the same for
/// its whole duration (<see cref="LeaseClock"/>).
/// </summary>
/// <param name="Holder">0 when it was given back.</param>
/// <param name="Term">Grows with each change of holder.</param>
/// <param name="Renewals">Grows with each grant: two rows that are equal are the same grant.</param>
/// <param name="Duration">For how long the holder asked.</param>
internal readonly record struct LeaseRow(ulong Holder, long Term, long Renewals, TimeSpan Duration)
{
    /// <summary>What an ask makes of a row: a renewal, a taking of what is free or was seen to run out, or nothing.</summary>
    public static (bool Held, LeaseRow Row) Decide(LeaseRow? current, AcquireLease ask)
    {
        ulong holder = ask.Holder;
        TimeSpan duration = TimeSpan.FromMilliseconds(ask.DurationMs);
        LeaseRow? expired = ask.Expired is { } seen ? From(seen) : null;
        if (current is not { } row) return (true, new LeaseRow(holder, 1, 1, duration));
        if (row.Holder == holder) return (true, row with { Renewals = row.Renewals + 1, Duration = duration });
        if (row.Holder == 0 || row == expired) return (true, new LeaseRow(holder, row.Term + 1, row.Renewals + 1, duration));
        return (false, row);
    }

    /// <summary>What giving back makes of a row. The term stays: the next holder's is higher.</summary>
    public LeaseRow Release(ulong holder) => Holder == holder ? this with { Holder = 0, Renewals = Renewals + 1 } : this;

    public static LeaseRow From(LeaseData data) =>
        new(data.Holder, data.Term, data.Renewals, TimeSpan.FromMilliseconds(data.DurationMs));

    public LeaseData ToData() =>
        new() { Holder = Holder, Term = Term, Renewals = Renewals, DurationMs = (long)Duration.TotalMilliseconds };
}
