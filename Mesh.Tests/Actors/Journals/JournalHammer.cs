using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>
/// Many writers who claim each other's shards and write each other's actors, and the checker of what they leave: numbers unique and gapless, what was
/// acknowledged is there once, what was refused is not there, epochs of a shard never go back.
/// </summary>
internal sealed class JournalHammer(Func<IJournalStore> store, ulong seed)
{
    private const int Shards = 3;
    private const int ActorsPerShard = 2;

    private readonly ConcurrentBag<(string Actor, long From, int Count, ulong Writer)> _acknowledged = [];
    private readonly ConcurrentDictionary<ulong, int> _doubtful = new();
    private int _written;
    private int _fenced;
    private int _conflicts;
    private int _failed;
    private ulong _run;

    /// <summary>Writes that stood, were fenced, met another's, or failed with a fault.</summary>
    public (int Written, int Fenced, int Conflicts, int Failed) Counts => (_written, _fenced, _conflicts, _failed);

    /// <summary>Events written under acknowledged writes so far.</summary>
    public int Acknowledged => _acknowledged.Count;

    public Task Run(int writers, int rounds)
    {
        ulong run = ++_run << 16;
        return Task.WhenAll(Enumerable.Range(1, writers).Select(writer => Task.Run(() => Write(run + (ulong)writer, rounds))));
    }

    /// <summary>Compares what is stored with what was answered.</summary>
    public async Task Check()
    {
        Dictionary<ulong, int> stored = [];
        for (int shard = 0; shard < Shards; shard++)
        {
            for (int actor = 0; actor < ActorsPerShard; actor++) await CheckActor(Actor(shard, actor), stored);
        }

        foreach ((string actor, long from, int count, ulong writer) in _acknowledged)
            Assert.True(
                stored.GetValueOrDefault(writer) == count,
                $"seed {seed}: {actor} {from}+{count} was acknowledged, {stored.GetValueOrDefault(writer)} are stored");
        HashSet<ulong> known = [.. _acknowledged.Select(each => each.Writer), .. _doubtful.Keys];
        Assert.True(stored.Keys.All(known.Contains), $"seed {seed}: a refused write is stored");
        foreach ((ulong writer, int count) in _doubtful)
            Assert.True(
                stored.GetValueOrDefault(writer) is var found && (found == 0 || found == count),
                $"seed {seed}: {found} of {count} events of one write");
        Assert.True(_written > 0, $"seed {seed}: nothing was written");
    }

    private async Task CheckActor(string actor, Dictionary<ulong, int> stored)
    {
        long next = 1;
        long epoch = 0;
        while (await store().Read(actor, next, 100, CancellationToken.None) is { IsEmpty: false } page)
        {
            foreach (JournalEvent each in page)
            {
                Assert.True(each.SequenceNr == next++, $"seed {seed}: {actor} has {each.SequenceNr} where {next - 1} should be");
                long written = long.Parse(Encoding.UTF8.GetString(each.Payload.Span), CultureInfo.InvariantCulture);
                Assert.True(written >= epoch, $"seed {seed}: {actor} {each.SequenceNr} is of epoch {written} after {epoch}");
                epoch = written;
                stored[each.Writer] = stored.GetValueOrDefault(each.Writer) + 1;
            }
        }

        Assert.Equal(next - 1, await store().HighestSequenceNr(actor, CancellationToken.None));
    }

    private async Task Write(ulong writer, int rounds)
    {
        SplitMix64 random = new(seed + writer);
        long[] epochs = new long[Shards];
        for (int round = 0; round < rounds; round++)
        {
            int shard = random.Next(Shards);
            int actor = random.Next(ActorsPerShard);
            int count = 1 + random.Next(3);
            bool claims = epochs[shard] == 0 || random.Next(10) == 0;
            try
            {
                if (claims) epochs[shard] = await Claim(shard, writer);
                if (epochs[shard] == 0) continue;
                if (!await Append(Actor(shard, actor), count, new Fence(Key(shard), epochs[shard]), (writer << 32) + (ulong)round)) epochs[shard] = 0;
            }
            catch (StorageException)
            {
                Interlocked.Increment(ref _failed);
                await Task.Yield();
            }
        }
    }

    private async Task<long> Claim(int shard, ulong writer)
    {
        ClaimOutcome found = await store().Claim(new Fence(Key(shard), 1), writer, CancellationToken.None);
        if (found.Granted) return 1;
        ClaimOutcome next = await store().Claim(new Fence(Key(shard), found.Epoch + 1), writer, CancellationToken.None);
        return next.Granted ? next.Epoch : 0;
    }

    /// <summary>Each write has a writer of its own, so that it is known again. False when the fence fell.</summary>
    private async Task<bool> Append(string actor, int count, Fence fence, ulong writer)
    {
        long from = await store().HighestSequenceNr(actor, CancellationToken.None) + 1;
        ReadOnlyMemory<byte> epoch = Encoding.UTF8.GetBytes(fence.Epoch.ToString(CultureInfo.InvariantCulture));
        AtomicWrite write = new(
            actor, [.. Enumerable.Range(0, count).Select(i => new JournalEvent(from + i, "e.v1", epoch, writer, default))], fence);
        AppendOutcome outcome;
        try
        {
            outcome = (await store().Append([write], CancellationToken.None)).Single();
        }
        catch (StorageException failed)
        {
            // Only an answer that was lost leaves open what happened.
            if (failed.Fault == StorageFault.Unknown) _doubtful[writer] = count;
            throw;
        }

        if (outcome.Status == AppendStatus.Written)
        {
            _acknowledged.Add((actor, from, count, writer));
            Interlocked.Increment(ref _written);
        }
        else if (outcome.Status == AppendStatus.Fenced) Interlocked.Increment(ref _fenced);
        else Interlocked.Increment(ref _conflicts);
        return outcome.Status != AppendStatus.Fenced;
    }

    private static ShardKey Key(int shard) => new("hammer", $"{shard}");

    private static string Actor(int shard, int actor) => $"hammer/{shard}/{actor}";
}
