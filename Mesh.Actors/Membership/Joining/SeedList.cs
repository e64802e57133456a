using System.Collections.Immutable;
using Mesh.Actors.Events;
using Mesh.Actors.Membership.Seeds;

namespace Mesh.Actors.Membership.Joining;

/// <summary>The seeds as they were last looked up, in order of address.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class SeedList(MembershipCore core, ISeedSource source)
{
    private const int MostShown = 5;

    private ImmutableArray<SeedAddress> _seeds = [];
    private TimeSpan? _resolvedAt;
    private bool _resolving;

    public int Count => _seeds.Length;

    /// <summary>This node stands in the list.</summary>
    public bool HasSelf => _seeds.Contains(SelfAddress);

    public bool IsSelfLowest => _seeds.IsEmpty || _seeds[0] == SelfAddress;

    private SeedAddress SelfAddress => new(core.Self.Address.Host ?? "", core.Self.Address.Port ?? 0);

    /// <summary>Seeds and further addresses, without this node's.</summary>
    public IEnumerable<Address> Others(IEnumerable<SeedAddress> also) =>
        _seeds.Union(also).Where(seed => seed != SelfAddress).Select(seed => new Address(core.Self.Address.System, seed.Host, seed.Port));

    /// <summary>
    /// Seeds, looked up anew now and then, at whose address no member is known. A founder that was cut off before it let anybody in misses nobody;
    /// the others, who found under its id, never knew it. Only the seeds can tell either side of the other.
    /// </summary>
    /// <remarks>
    /// None while as many core members are known as there are seeds: then they only have other names here, and a second connection by another name
    /// would cost a living session.
    /// </remarks>
    public ImmutableArray<Address> Strangers()
    {
        Refresh(() => { });
        ImmutableArray<Member> members = core.State.Members;
        if (members.Count(member => member.IsCore && member.UniqueAddress != core.Self) >= Others([]).Count()) return [];
        HashSet<Address> known = [.. members.Select(member => member.Address)];
        return [.. Others([]).Where(address => !known.Contains(address))];
    }

    /// <summary>Looks them up again when that was long ago. A failed look-up leaves the list as it was.</summary>
    /// <param name="first">Called when a look-up that took its time brought the first seeds.</param>
    public void Refresh(Action first)
    {
        if (_resolving || (_resolvedAt is { } at && core.Loop.Now - at < core.Settings.SeedTimeout)) return;
        _resolving = true;
        ValueTask<IReadOnlyList<SeedAddress>> task = source.Resolve(CancellationToken.None);
        if (task.IsCompletedSuccessfully)
        {
            Take(task.Result);
            return;
        }

        task.Then(core.Loop, seeds =>
        {
            bool none = _seeds.IsEmpty;
            Take(seeds);
            if (none) first();
        }, error =>
        {
            Take(_seeds);
            core.Log(LogLevel.Warning, $"seeds cannot be looked up: {error.Message}");
        });
    }

    /// <summary><c>seeds: 10.0.0.5:4150, 10.0.0.6:4150</c>, the first few.</summary>
    public override string ToString()
    {
        string more = Count > MostShown ? $" and {Count - MostShown} more" : "";
        return Count == 0 ? "no seeds" : $"seeds: {string.Join(", ", _seeds.Take(MostShown).Select(seed => $"{seed.Host}:{seed.Port}"))}{more}";
    }

    private void Take(IReadOnlyList<SeedAddress> seeds)
    {
        _resolving = false;
        _resolvedAt = core.Loop.Now;
        _seeds = [.. seeds.Distinct().Take(DnsSeeds.MaxAddresses).OrderBy(seed => seed.Host, StringComparer.Ordinal).ThenBy(seed => seed.Port)];
    }
}
