using System.Collections.Immutable;
using System.Text;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Sqlite;
using Mesh.Actors.Storage;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>The two machines are one: same commands, same replies, same states, whole states handed over, and where the log stood.</summary>
public sealed class JournalMachineTests : IDisposable
{
    private static readonly DateTimeOffset s_at = DateTimeOffset.UnixEpoch;

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-machine-").FullName;

    private string File => Path.Combine(_folder, "journal.db");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void FileAndMemory_GiveTheSameRepliesAndStates(ulong seed)
    {
        using SqliteJournalMachine file = SqliteJournalMachine.Open(File);
        using MemoryJournalMachine memory = new();
        SplitMix64 random = new(seed);

        for (int i = 1; i <= 400; i++)
        {
            JournalCommand command = RandomCommand(ref random, memory);
            JournalReply expected = memory.Apply(command, new AppliedMark(i, i / 50));
            JournalReply found = file.Apply(command, new AppliedMark(i, i / 50));
            Assert.True(expected.Equals(found), $"seed {seed}, command {i} {command}: {expected} in memory, {found} in the file");
            if (random.Next(5) == 0) file.Commit();
        }

        file.Commit();
        Assert.Equal(State(memory), State(file));
        Assert.Equal(new AppliedMark(400, 8), file.Applied);
    }

    [Fact]
    public void AWholeState_MovesFromOneMachineToAnother_InBoundedPieces()
    {
        using SqliteJournalMachine file = SqliteJournalMachine.Open(File);
        using SqliteJournalMachine second = SqliteJournalMachine.Open(File + "2");
        using MemoryJournalMachine memory = new();
        Fill(file, 400);
        Fill(second, 10);

        List<ReadOnlyMemory<byte>> pieces = Move(file, memory, 400);
        Move(memory, second, 500);

        Assert.True(pieces.Count > 3);
        Assert.All(pieces, each => Assert.InRange(each.Length, 1, 500));
        Assert.Equal(State(file), State(memory));
        Assert.Equal(State(file), State(second));
        Assert.Equal(file.Applied, second.Applied);
        second.Apply(Append("fresh", 1), new AppliedMark(401, 9));
        second.Commit();
        Assert.Equal(1, second.HighestSequenceNr("fresh"));
    }

    [Fact]
    public void AnExport_IsOfItsMoment_AlthoughCommandsGoOn()
    {
        using SqliteJournalMachine file = SqliteJournalMachine.Open(File);
        using MemoryJournalMachine memory = new();
        Fill(file, 100);
        string before = State(file);

        using (IJournalExport export = file.Export(300))
        using (IJournalImport import = memory.Import())
        {
            for (ReadOnlyMemory<byte>? piece = export.Next(); piece is { } bytes; piece = export.Next())
            {
                import.Add(bytes);
                file.Apply(Append("later", file.HighestSequenceNr("later") + 1), new AppliedMark(file.Applied.Index + 1, 99));
                file.Commit();
            }

            import.Complete();
        }

        Assert.Equal(before, State(memory));
        Assert.Equal(100, memory.Applied.Index);
    }

    [Fact]
    public void AStateWithAMissingOrBrokenPiece_IsRefused_AndTheOldOneStays()
    {
        using MemoryJournalMachine from = new();
        using SqliteJournalMachine to = SqliteJournalMachine.Open(File);
        Fill(from, 200);
        Fill(to, 20);
        string before = State(to);
        List<ReadOnlyMemory<byte>> pieces = Move(from, new MemoryJournalMachine(), 500);

        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(() => Import(to, pieces.Where((_, i) => i != 1))).Fault);
        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(() => Import(to, pieces.SkipLast(1))).Fault);
        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(() => Import(to, [new byte[] { 0xFF, 0xFF }])).Fault);

        Assert.Equal(before, State(to));
    }

    [Fact]
    public void WhatWasNotCommitted_IsGoneAfterARestart_WithTheLogsPlace()
    {
        using (SqliteJournalMachine file = SqliteJournalMachine.Open(File))
        {
            file.Apply(Append("a", 1), new AppliedMark(7, 2));
            file.Commit();
            file.Apply(Append("a", 2), new AppliedMark(8, 2));
            Assert.Equal(2, file.HighestSequenceNr("a"));
            Assert.Equal(1, file.OpenReads().HighestSequenceNr("a"));
        }

        using SqliteJournalMachine again = SqliteJournalMachine.Open(File);
        Assert.Equal((1, new AppliedMark(7, 2)), (again.HighestSequenceNr("a"), again.Applied));
        again.Advance(new AppliedMark(9, 3));
        again.Rollback();
        Assert.Equal(new AppliedMark(7, 2), again.Applied);
    }

    [Fact]
    public void AnEntryOfTheLog_IsNeverAppliedTwice()
    {
        using MemoryJournalMachine memory = new();
        using SqliteJournalMachine file = SqliteJournalMachine.Open(File);

        foreach (IJournalMachine machine in (IJournalMachine[])[memory, file])
        {
            machine.Advance(new AppliedMark(5, 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => machine.Advance(new AppliedMark(5, 1)));
            Assert.Throws<ArgumentOutOfRangeException>(() => machine.Apply(Append("a", 1), new AppliedMark(4, 1)));
            Assert.Equal(0, machine.HighestSequenceNr("a"));
        }
    }

    [Fact]
    public void ACommandOfANewerVersion_IsNotGuessedAt()
    {
        using MemoryJournalMachine memory = new();
        using SqliteJournalMachine file = SqliteJournalMachine.Open(File);

        Assert.Equal(StorageFault.TooNew, Assert.Throws<StorageException>(() => memory.Apply(new JournalCommand())).Fault);
        Assert.Equal(StorageFault.TooNew, Assert.Throws<StorageException>(() => file.Apply(new JournalCommand())).Fault);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static List<ReadOnlyMemory<byte>> Move(IJournalMachine from, IJournalMachine to, int chunkBytes)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        using IJournalExport export = from.Export(chunkBytes);
        for (ReadOnlyMemory<byte>? piece = export.Next(); piece is { } bytes; piece = export.Next()) pieces.Add(bytes);
        Import(to, pieces);
        return pieces;
    }

    private static void Import(IJournalMachine to, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using IJournalImport import = to.Import();
        foreach (ReadOnlyMemory<byte> each in pieces) import.Add(each);
        import.Complete();
    }

    private static void Fill(IJournalMachine machine, int commands)
    {
        SplitMix64 random = new(99);
        for (int i = 1; i <= commands; i++) machine.Apply(RandomCommand(ref random, machine), new AppliedMark(i, 1));
        machine.Commit();
    }

    /// <summary>Everything in a fixed order, as text.</summary>
    private static string State(IJournalMachine machine)
    {
        using IJournalExport export = machine.Export(1 << 20);
        List<string> rows = [];
        for (ReadOnlyMemory<byte>? piece = export.Next(); piece is { } bytes; piece = export.Next())
            rows.AddRange(JournalChunk.Parser.ParseFrom(bytes.Span).Rows
                .Where(row => row.RowCase != JournalRow.RowOneofCase.End).Select(row => row.ToString()));
        return string.Join('\n', rows.Order(StringComparer.Ordinal));
    }

    private static JournalCommand Append(string actor, long from) =>
        JournalMessages.Append([new AtomicWrite(actor, [new JournalEvent(from, "m.v1", new byte[] { 1 }, 5, s_at)], null)], s_at);

    private static JournalCommand RandomCommand(ref SplitMix64 random, IJournalReads state)
    {
        string actor = $"actor {random.Next(4)}";
        Fence fence = new(new ShardKey("t", $"{random.Next(2)}"), 1 + random.Next(4));
        Fence? maybe = random.Next(2) == 0 ? fence : null;
        long highest = state.HighestSequenceNr(actor);
        long number = Math.Max(1, highest + 1 - random.Next(2));
        ulong who = 1 + (ulong)random.Next(3);
        DateTimeOffset at = s_at.AddMilliseconds(random.Next(1000));
        ReadOnlyMemory<byte> payload = Encoding.UTF8.GetBytes(new string('x', random.Next(60)));
        switch (random.Next(9))
        {
            case 0:
                return JournalMessages.Delete(actor, random.Next(30), maybe, at);
            case 1:
                return JournalMessages.Save(new Snapshot(actor, 1 + random.Next(40), "s.v1", payload, at), maybe, at);
            case 2:
                return JournalMessages.Claim(fence, who, at);
            case 3:
                return JournalMessages.Remember(fence, [$"e{random.Next(4)}"], [$"e{random.Next(4)}"], at);
            case 4:
                LeaseRow? seen = random.Next(2) == 0 ? state.Lease("l") : new LeaseRow(who, random.Next(9), random.Next(9), TimeSpan.FromSeconds(1));
                return JournalMessages.Acquire(
                    new AcquireLease { Name = "l", Holder = who, DurationMs = 1000, Expired = seen?.ToData() }, at);
            case 5:
                return JournalMessages.Release("l", who, at);
            default:
                ImmutableArray<JournalEvent> events =
                    [.. Enumerable.Range(0, 1 + random.Next(3)).Select(i => new JournalEvent(number + i, "m.v1", payload, who, s_at))];
                return JournalMessages.Append([new AtomicWrite(actor, events, maybe), new AtomicWrite("other", events, null)], at);
        }
    }
}
