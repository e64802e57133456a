using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors.Remoting;
using Mesh.Routing.Routes;
using Mesh.Tests.Actors;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

public sealed class RouteBookTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch;
    private static readonly RouteBook s_absent = RouteBook.Empty;
    private static readonly RouteBook s_two = Fold(Put("a", "/a => /b"), Put("b", "/a => /c"));
    private static readonly RouteBook s_deleted = Fold(Put("a", "/a => /b"), Put("b", "/a => /c"), Delete("c"));

    /// <summary>Any commands: verb, id, expected version, target, text; few of each, so that they meet.</summary>
    private static readonly Gen<RouteCommand[]> s_commands = Gen.Choose(1, 4).SelectMany(verb => Gen.Choose(0, 40).SelectMany(id =>
        Gen.Choose(0, 6).SelectMany(expected => Gen.Choose(0, 9).Select(target => new RouteCommand($"{id}", (RouteVerb)verb, "me", s_now)
            {
                Dtab = verb <= 2 && id % 3 > 0 ? PackedText.Of($"/svc => /{id}") : null,
                Policies = verb <= 2 && id % 2 == 0 ? PackedText.Of(id % 4 == 0 ? "" : $"policies: [] # {id}") : null,
                Expected = expected < 3 ? 0 : expected,
                Target = target,
            })))).ArrayOf();

    public static TheoryData<string, RouteBook, RouteCommand, RouteResult> Judgements => new()
    {
        { "create", s_absent, Create("x"), new RouteResult.Changed(RouteChangeKind.Created, 1) },
        { "create over one", s_two, Create("x"), new RouteResult.Exists(2) },
        { "create after a deletion goes on counting", s_deleted, Create("x"), new RouteResult.Changed(RouteChangeKind.Created, 4) },
        { "put over nothing creates", s_absent, Put("x", "/a"), new RouteResult.Changed(RouteChangeKind.Created, 1) },
        { "put", s_two, Put("x", "/a"), new RouteResult.Changed(RouteChangeKind.Updated, 3) },
        { "put over the version seen", s_two, Put("x", "/a", 2), new RouteResult.Changed(RouteChangeKind.Updated, 3) },
        { "put over another version", s_two, Put("x", "/a", 1), new RouteResult.Stale(2) },
        { "put over a version of nothing", s_absent, Put("x", "/a", 1), new RouteResult.NotFound("there is no such namespace") },
        { "put over the version of a deletion", s_deleted, Put("x", "/a", 3), new RouteResult.NotFound("there is no such namespace") },
        { "delete", s_two, Delete("x"), new RouteResult.Changed(RouteChangeKind.Deleted, 3) },
        { "delete another version", s_two, Delete("x") with { Expected = 1 }, new RouteResult.Stale(2) },
        { "delete nothing", s_absent, Delete("x"), new RouteResult.NotFound("there is no such namespace") },
        { "delete twice", s_deleted, Delete("x"), new RouteResult.NotFound("there is no such namespace") },
        { "roll back", s_two, Rollback("x", 1), new RouteResult.Changed(RouteChangeKind.RolledBack, 3) },
        { "roll a deletion back", s_deleted, Rollback("x", 2), new RouteResult.Changed(RouteChangeKind.RolledBack, 4) },
        { "roll back to a deletion", s_deleted, Rollback("x", 3), new RouteResult.Refused("version 3 deleted the namespace; delete it instead") },
        { "roll back too far", s_two, Rollback("x", 9), new RouteResult.NotFound("version 9 is not kept; there are 1 to 2") },
        { "roll nothing back", s_absent, Rollback("x", 1), new RouteResult.NotFound("there is no such namespace") },
        { "roll back over another version", s_two, Rollback("x", 1) with { Expected = 1 }, new RouteResult.Stale(2) },
        { "asked twice", s_two, Put("b", "/a => /c"), new RouteResult.Changed(RouteChangeKind.Updated, 2) },
        { "asked twice, deleted since", s_deleted, Put("a", "/a => /b"), new RouteResult.Changed(RouteChangeKind.Created, 1) },
        { "an unknown verb", s_two, new RouteCommand("x", (RouteVerb)9, "me", s_now),
            new RouteResult.Refused("the namespace's owner does not know that command; it runs an older version") },
        { "no document", s_absent, new RouteCommand("x", RouteVerb.Create, "me", s_now), new RouteResult.Refused("the command has no document") },
    };

    [Theory]
    [MemberData(nameof(Judgements))]
    public void Judges(string scene, RouteBook book, RouteCommand command, RouteResult expected)
    {
        RouteVerdict verdict = book.Judge(command);

        Assert.Equal(expected, verdict.Result);
        bool changes = expected is RouteResult.Changed changed && changed.Version > book.Version;
        Assert.True(changes == verdict.Change is not null, scene);
    }

    [Fact]
    public void Rollback_BringsTheTextBack_AndSaysFromWhere()
    {
        RouteBook book = Then(s_two, Rollback("x", 1));

        Assert.Equal(("/a => /b", 1L), (Text(book.Dtab), book.History[^1].Restored));
    }

    [Fact]
    public void History_KeepsTheLastChanges()
    {
        RouteBook book = Fold([.. Enumerable.Range(1, 250).Select(i => Put($"{i}", $"/a => /{i}"))]);

        Assert.Equal((RouteLimits.MaxHistory, 51L, 250L), (book.History.Length, book.History[0].Version, book.Version));
    }

    [Fact]
    public void History_LetsOldTextsGo_WhenTheyAreLarge_AndNeverTheNewest()
    {
        byte[] noise = new byte[700_000];
        new System.Random(1).NextBytes(noise);
        string text = "/a => /b # " + Convert.ToBase64String(noise);

        RouteBook book = Fold([.. Enumerable.Range(1, 6).Select(i => Put($"{i}", $"{text}{i}"))]);

        Assert.Equal([false, false, false, false, true, true], book.History.Select(static change => change.Dtab is not null));
        Assert.Equal(new RouteResult.NotFound("the text of version 2 is no longer kept"), book.Judge(Rollback("x", 2)).Result);
    }

    [Fact]
    public void Version_RisesByOneAChange_AndNeverElse() => Prop.ForAll(s_commands.ToArbitrary(), commands =>
    {
        RouteBook book = RouteBook.Empty;
        foreach (RouteCommand command in commands)
        {
            RouteVerdict verdict = book.Judge(command);
            RouteBook next = verdict.Change is null ? book : book.After(verdict.Change);
            if (next.Version != book.Version + (verdict.Change is null ? 0 : 1)) return false;
            if (verdict.Change is { } change && verdict.Result != new RouteResult.Changed(change.Kind, next.Version)) return false;
            bool another = command.Expected != 0 && command.Expected != book.Version && command.Verb != RouteVerb.Create;
            if (another && verdict.Change is not null) return false;
            book = next;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AskedAgain_AnswersTheSame_AndChangesNothing() => Prop.ForAll(s_commands.ToArbitrary(), commands =>
    {
        RouteBook book = RouteBook.Empty;
        foreach (RouteCommand command in commands)
        {
            RouteVerdict first = book.Judge(command);
            if (first.Change is null) continue;
            book = book.After(first.Change);
            RouteVerdict second = book.Judge(command);
            if (second.Change is not null || second.Result != first.Result) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void State_IsTheFoldOfItsChanges_ThroughBytesAndSnapshotsToo()
    {
        var serializers = new MessageSerializers(new World().System);
        RouteCodec.Register(serializers);

        Prop.ForAll(s_commands.ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (commands, every) =>
        {
            (RouteBook live, RouteBook recovered) = (RouteBook.Empty, RouteBook.Empty);
            foreach (RouteCommand command in commands)
            {
                if (live.Judge(Through(serializers, command)).Change is not { } change) continue;
                live = live.After(change);
                recovered = recovered.After(Through(serializers, change));
                if (live.Version % every == 0) recovered = Through(serializers, recovered);
            }

            return live.Equals(recovered);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void Answers_SurviveTheWire(RouteResult result)
    {
        var serializers = new MessageSerializers(new World().System);
        RouteCodec.Register(serializers);

        Assert.Equal(new RouteAnswer(result), Through(serializers, new RouteAnswer(result)));
    }

    public static TheoryData<RouteResult> Answers =>
    [
        new RouteResult.Changed(RouteChangeKind.Deleted, 7), new RouteResult.Exists(7), new RouteResult.Stale(8), new RouteResult.NotFound("no"),
        new RouteResult.Refused("never"), new RouteResult.Unavailable("not now"),
    ];

    private static T Through<T>(MessageSerializers serializers, T value) where T : notnull
    {
        Assert.True(serializers.TrySerialize(value, out SerializedMessage bytes));
        Assert.True(serializers.TryDeserialize(bytes.Manifest, bytes.Payload.ToArray(), out object? read));
        return Assert.IsType<T>(read);
    }

    private static RouteBook Fold(params ImmutableArray<RouteCommand> commands) => commands.Aggregate(RouteBook.Empty, Then);

    private static RouteBook Then(RouteBook book, RouteCommand command) => book.After(book.Judge(command).Change!);

    private static RouteCommand Create(string id) => new(id, RouteVerb.Create, "me", s_now) { Dtab = PackedText.Of("/a => /x") };

    private static RouteCommand Put(string id, string text, long expected = 0) =>
        new(id, RouteVerb.Put, "me", s_now) { Dtab = PackedText.Of(text), Expected = expected };

    private static RouteCommand Delete(string id) => new(id, RouteVerb.Delete, "me", s_now);

    private static RouteCommand Rollback(string id, long target) => new(id, RouteVerb.Rollback, "me", s_now) { Target = target };

    private static string? Text(PackedText? packed) => packed?.TryRead(out string? text) == true ? text : null;
}
