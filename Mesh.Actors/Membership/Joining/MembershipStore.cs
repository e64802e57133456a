using System.Buffers.Binary;
using System.Text;
using Mesh.Actors.Membership.Seeds;

namespace Mesh.Actors.Membership.Joining;

/// <summary>What membership remembered of this node's earlier life.</summary>
/// <param name="ClusterId">Of the cluster it was in, or helped to found; null: none.</param>
/// <param name="Pledged">The id was a founder's proposal that this node agreed to; it was never in that cluster.</param>
/// <param name="Incarnation">The last that was used; 0: none.</param>
/// <param name="CoreCount">Core members at last sight.</param>
/// <param name="Contacts">Members to ask: hints, no more.</param>
internal sealed record Memory(string? ClusterId, bool Pledged, ulong Incarnation, int CoreCount, IReadOnlyList<SeedAddress> Contacts)
{
    /// <summary>The last id that this node itself proposed, or was made to found under by an operator; null: none.</summary>
    public string? Founded { get; init; }

    public static readonly Memory None = new(null, false, 0, 0, []);
}

/// <summary>Keeps the <see cref="Memory"/> in the node's durable map.</summary>
internal sealed class MembershipStore(MembershipCore core)
{
    public const string Bucket = "membership";

    /// <summary>Members remembered as contacts.</summary>
    public const int MaxContacts = 64;

    private string _savedContacts = "";

    public void Load(Action<Memory> loaded, Action<Exception> failed) =>
        core.Services.Durable.Load(Bucket).Then(core.Loop, pairs => loaded(Read(pairs)), failed);

    public void SaveIncarnation(ulong incarnation)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, incarnation);
        Write([Pair("incarnation", bytes), Pair("name", Encoding.UTF8.GetBytes(core.Facts.Name))], () => { }, () => { });
    }

    /// <summary>Calls back when the id is durable: only then may anybody count on it.</summary>
    public void SaveClusterId(string id, bool pledged, Action saved, Action failed) =>
        Write([Pair("cluster_id", Encoding.UTF8.GetBytes(id)), Pair("pledged", [(byte)(pledged ? 1 : 0)])], saved, failed);

    /// <summary>
    /// The same for an id that this node made: whoever proposed it also founds what exists once in its cluster, even after a crash in between.
    /// </summary>
    public void SaveFounded(string id, bool pledged, Action saved, Action failed) => Write(
        [
            Pair("cluster_id", Encoding.UTF8.GetBytes(id)),
            Pair("pledged", [(byte)(pledged ? 1 : 0)]),
            Pair("founded", Encoding.UTF8.GetBytes(id)),
        ],
        saved,
        failed);

    /// <summary>Remembers whom to ask after a restart: the core first, then others in address order. Writes only what changed.</summary>
    public void SaveContacts(ClusterState state)
    {
        IEnumerable<Member> living = state.Members.Where(member => member.Status < MemberStatus.Exiting);
        int coreCount = living.Count(member => member.IsCore);
        string text = string.Join('\n', living.Where(member => member.UniqueAddress != core.Self)
            .OrderBy(member => member.IsCore ? 0 : 1).Take(MaxContacts)
            .Select(member => $"{member.Address.Host}:{member.Address.Port}"));
        text = $"{coreCount}\n{text}";
        if (text == _savedContacts) return;
        _savedContacts = text;
        Write([Pair("contacts", Encoding.UTF8.GetBytes(text))], () => { }, () => { });
    }

    private void Write(IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes, Action saved, Action failed) =>
        core.Services.Durable.Write(Bucket, changes).Then(core.Loop, saved, error =>
        {
            core.Loop.Reached("membership could not write its memory");
            core.Log(Events.LogLevel.Error, $"cannot keep membership's memory: {error.Message}");
            failed();
        });

    private static KeyValuePair<string, ReadOnlyMemory<byte>?> Pair(string key, byte[] value) => new(key, value);

    private static Memory Read(IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> pairs)
    {
        Memory memory = Memory.None;
        foreach ((string key, ReadOnlyMemory<byte> value) in pairs)
        {
            memory = key switch
            {
                "cluster_id" => memory with { ClusterId = Encoding.UTF8.GetString(value.Span) },
                "founded" => memory with { Founded = Encoding.UTF8.GetString(value.Span) },
                "pledged" => memory with { Pledged = value.Length > 0 && value.Span[0] == 1 },
                "incarnation" when value.Length == 8 => memory with { Incarnation = BinaryPrimitives.ReadUInt64BigEndian(value.Span) },
                "contacts" => WithContacts(memory, Encoding.UTF8.GetString(value.Span)),
                _ => memory,
            };
        }

        return memory;
    }

    private static Memory WithContacts(Memory memory, string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || !int.TryParse(lines[0], out int coreCount)) return memory;
        List<SeedAddress> contacts = [];
        foreach (string line in lines.Skip(1).Take(MaxContacts))
        {
            int colon = line.LastIndexOf(':');
            if (colon > 0 && ushort.TryParse(line.AsSpan(colon + 1), out ushort port)) contacts.Add(new SeedAddress(line[..colon], port));
        }

        return memory with { CoreCount = coreCount, Contacts = contacts };
    }
}
