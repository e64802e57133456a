using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Storage;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>The file of log and votes.</summary>
public sealed class QuorumLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-quorum-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "raft.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatWasSaved_IsThereAfterTheNextStart()
    {
        using (var log = new QuorumLog(Path))
        {
            log.Open(7, _ => 0);
            log.Save(Write(new RaftHardState(3, 9, 1, 1, 5), null, 1, Entry(1, 2), Entry(2, 2), Entry(3, 3)));
            log.Save(Write(new RaftHardState(4, 0, 2, 1, 5, IsImpaired: true), null, 3, Entry(3, 4)));
        }

        using var again = new QuorumLog(Path);
        RaftRecovered recovered = again.Open(8, _ => 0);

        Assert.Equal(7UL, recovered.Id);
        Assert.Equal(new RaftHardState(4, 0, 2, 2, 5, IsImpaired: true), recovered.Hard);
        Assert.Equal([2L, 2L, 4L], recovered.Entries.Select(entry => entry.Term));
        Assert.Equal("e2", recovered.Entries[1].Data.ToStringUtf8());
    }

    [Fact]
    public void ANewBase_DropsWhatIsBeforeIt_AndTheAnnouncement()
    {
        var start = new RaftBase(2, 2, RaftGroup.Empty.With(7, "n7", voter: true));
        using (var log = new QuorumLog(Path))
        {
            log.Open(7, _ => 0);
            log.Save(Write(default, null, 1, Entry(1, 2), Entry(2, 2), Entry(3, 3)));
            log.Announce(start);
            Assert.Equal(2, log.Open(7, _ => 0).Announced!.Index);
            log.Save(Write(default, start, long.MaxValue));
        }

        using var again = new QuorumLog(Path);
        RaftRecovered recovered = again.Open(7, _ => 0);

        Assert.Equal((2L, 2L), (recovered.Base.Index, recovered.Base.Term));
        Assert.True(recovered.Base.Group.IsVoter(7));
        Assert.Equal(3, Assert.Single(recovered.Entries).Index);
        Assert.Null(recovered.Announced);
    }

    [Fact]
    public void AFileThatIsPutBack_IsFoundOut_AndStaysSo()
    {
        long generation;
        using (var log = new QuorumLog(Path)) log.Open(7, _ => 0);
        File.Copy(Path, Path + ".old");
        using (var log = new QuorumLog(Path))
        {
            log.Open(7, _ => 0);
            for (int i = 1; i <= 5; i++) log.Save(Write(default, null, i, Entry(i, 1)));
            generation = log.Generation;
        }

        File.Move(Path + ".old", Path, overwrite: true);
        using (var log = new QuorumLog(Path)) Assert.True(log.Open(7, _ => generation).Hard.IsImpaired);

        using var again = new QuorumLog(Path);
        Assert.True(again.Open(7, _ => 0).Hard.IsImpaired);
    }

    [Fact]
    public void AnIntactFile_IsNotSuspected()
    {
        long generation;
        using (var log = new QuorumLog(Path))
        {
            log.Open(7, _ => 0);
            log.Save(Write(default, null, 1, Entry(1, 1)));
            generation = log.Generation;
        }

        using var again = new QuorumLog(Path);
        Assert.False(again.Open(7, _ => generation).Hard.IsImpaired);
    }

    [Fact]
    public void AFileThatIsNoDatabase_IsNamed()
    {
        File.WriteAllText(Path, new string('x', 5000));

        var fault = Assert.Throws<StorageException>(() => new QuorumLog(Path).Dispose());

        Assert.Equal(StorageFault.Corrupt, fault.Fault);
        Assert.Contains(Path, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileInUse_IsRefused()
    {
        using var log = new QuorumLog(Path);
        log.Open(7, _ => 0);

        var fault = Assert.Throws<StorageException>(() => new QuorumLog(Path).Dispose());

        Assert.Equal(StorageFault.InUse, fault.Fault);
    }

    [Fact]
    public void KindsOfMessages_HaveTheirOwnNumbers() =>
        Assert.All(QuorumKinds.All, kind => Assert.InRange(kind.Number, 300, 399));

    private static RaftWrite Write(RaftHardState hard, RaftBase? start, long truncateFrom, params RaftEntry[] entries) =>
        new(hard, start, truncateFrom, [.. entries]) { After = ImmutableArray<RaftMessage>.Empty };

    private static RaftEntry Entry(long index, long term) =>
        new() { Index = index, Term = term, Kind = EntryKind.Command, Data = ByteString.CopyFromUtf8($"e{index}") };
}
