using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Toy;

/// <summary>
/// The smallest program worth simulating: registers where the last writer wins, durable before they are shown, spread by telling a random machine
/// everything. It tries the world, not itself; and with a bug built in, it tries the checks.
/// </summary>
internal sealed class ToyProgram(SimProcess process, IReadOnlyList<Address> machines, ToyBug bug, TimeSpan period) : SimProgram
{
    private const string Bucket = "registers";

    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, Entry> Entries => _entries;

    /// <summary>It has read its disk.</summary>
    public bool IsReady { get; private set; }

    private ControlLoop Loop => process.Loop;

    public override void Start()
    {
        process.Messenger.Handle<StringValue>((from, message) => Hear(from, message.Value));
        _ = Load();
    }

    public void Put(string key, string value)
    {
        if (!IsReady) return;
        long stamp = bug == ToyBug.TrustsTheClock
            ? process.Loop.UtcNow.UtcTicks
            : _entries.TryGetValue(key, out Entry? old) ? old.Stamp + 1 : 1;
        _ = Keep(key, new Entry(stamp, process.Self.Uid, value));
    }

    private async Task Load()
    {
        try
        {
            foreach ((string key, ReadOnlyMemory<byte> bytes) in await process.Services.Durable.Load(Bucket))
                _entries[key] = Entry.Parse(Encoding.UTF8.GetString(bytes.Span));
        }
        catch (Mesh.Actors.Storage.StorageException)
        {
            Loop.After(TimeSpan.FromSeconds(1), () => _ = Load());
            return;
        }

        IsReady = true;
        Loop.After(period * Loop.Random.NextDouble(), Tick);
    }

    private void Tick()
    {
        Loop.After(Loop.Chance("toy: eager") ? period / 10 : period, Tick);
        Address target = machines[Loop.Random.Next(machines.Count)];
        if (target != process.Self.Address) process.Messenger.Contact(target, Everything("?"));
    }

    private void Hear(UniqueAddress from, string text)
    {
        if (!IsReady) return;
        foreach (string line in text[1..].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split('=', 2);
            var entry = Entry.Parse(parts[1]);
            bool isNew = !_entries.TryGetValue(parts[0], out Entry? mine) || entry.IsNewerThan(mine);
            if (isNew || bug == ToyBug.TakesWhatComes) _ = Keep(parts[0], entry);
            else if (mine != entry) Loop.Reached("toy: stale entry refused");
        }

        if (text[0] == '?') process.Messenger.Send(from, Everything("!"));
    }

    private async Task Keep(string key, Entry entry)
    {
        try
        {
            await process.Services.Durable.Write(Bucket, [new(key, Encoding.UTF8.GetBytes(entry.ToString()))]);
        }
        catch (Mesh.Actors.Storage.StorageException)
        {
            Loop.Reached("toy: write failed");
            return;
        }

        Loop.Post(() =>
        {
            if (!_entries.TryGetValue(key, out Entry? now) || entry.IsNewerThan(now) || bug == ToyBug.TakesWhatComes) _entries[key] = entry;
        });
    }

    private StringValue Everything(string mark)
    {
        var text = new StringBuilder(mark);
        foreach ((string key, Entry entry) in _entries) text.Append(key).Append('=').Append(entry).Append('\n');
        return new StringValue { Value = text.ToString() };
    }

    internal sealed record Entry(long Stamp, ulong Writer, string Value)
    {
        public static Entry Parse(string text)
        {
            string[] parts = text.Split(',');
            return new Entry(long.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
        }

        public bool IsNewerThan(Entry other) => Stamp != other.Stamp ? Stamp > other.Stamp : Writer > other.Writer;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Stamp},{Writer},{Value}");
    }
}

/// <summary>What is wrong with a toy.</summary>
internal enum ToyBug
{
    None,

    /// <summary>It forgets to compare, and so goes back in time.</summary>
    TakesWhatComes,

    /// <summary>Stamps by the wall clock: after a jump a later write is the older one.</summary>
    TrustsTheClock,
}
