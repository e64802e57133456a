using Google.Protobuf;
using Mesh.Actors.Remoting;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>The records of this room as messages of routes.proto, and back.</summary>
internal static class RouteCodec
{
    private const uint Changed = 1;
    private const uint Exists = 2;
    private const uint Stale = 3;
    private const uint NotFound = 4;
    private const uint Refused = 5;
    private const uint Unavailable = 6;

    /// <summary>Makes a node's actors and journal know them.</summary>
    public static void Register(MessageSerializers serializers)
    {
        serializers.Register<RouteChange>("route-changed.v1", static change => Write(change).ToByteArray(), static bytes => Read(Parse(bytes)));
        serializers.Register<RouteLift>(
            "route-lifted.v1",
            static lift => new Lifted { Epochs = (ulong)lift.Epochs }.ToByteArray(),
            static bytes => new RouteLift(checked((long)Lifted.Parser.ParseFrom(bytes.Span).Epochs)));
        serializers.Register<RouteBook>(
            "route-book.v1",
            static book => new Book { History = { book.History.Select(Write) }, Lift = (ulong)book.Lift }.ToByteArray(),
            static bytes => Read(Book.Parser.ParseFrom(bytes.Span)));
        serializers.Register<RouteCommand>(
            "route-command.v1", static command => Write(command).ToByteArray(), static bytes => Read(Command.Parser.ParseFrom(bytes.Span)));
        serializers.Register<RouteAnswer>(
            "route-answer.v1",
            static answer => Write(answer.Result).ToByteArray(),
            static bytes => new RouteAnswer(Read(Answer.Parser.ParseFrom(bytes.Span))));
        serializers.Register<RouteHistoryQuestion>(
            "route-history-question.v1",
            static question => new HistoryQuestion { Version = (ulong)question.Version }.ToByteArray(),
            static bytes => new RouteHistoryQuestion((long)HistoryQuestion.Parser.ParseFrom(bytes.Span).Version));
        serializers.Register<RouteHistory>(
            "route-history.v1",
            static history => new History { Changes = { history.Changes.Select(Write) } }.ToByteArray(),
            static bytes => new RouteHistory([.. History.Parser.ParseFrom(bytes.Span).Changes.Select(Read)]));
    }

    private static RouteBook Read(Book book) => new([.. book.History.Select(Read)]) { Lift = checked((long)book.Lift) };

    private static Changed Parse(ReadOnlyMemory<byte> bytes) => Protocol.Changed.Parser.ParseFrom(bytes.Span);

    private static Changed Write(RouteChange change) => new()
    {
        Version = (ulong)change.Version,
        Kind = (uint)change.Kind,
        Dtab = Write(change.Dtab),
        Author = change.Author,
        AtUnixMs = change.At.ToUnixTimeMilliseconds(),
        CommandId = change.CommandId,
        Restored = (ulong)change.Restored,
        Policies = Write(change.Policies),
        Documents = (uint)change.Documents,
    };

    private static RouteChange Read(Changed change) => new(
        checked((long)change.Version),
        (RouteChangeKind)change.Kind,
        Read(change.Dtab),
        change.Author,
        DateTimeOffset.FromUnixTimeMilliseconds(change.AtUnixMs),
        change.CommandId)
    {
        Restored = checked((long)change.Restored),
        Policies = Read(change.Policies),
        Documents = change.Documents == 0 ? RouteDocuments.Dtab : (RouteDocuments)change.Documents,
    };

    private static Command Write(RouteCommand command) => new()
    {
        Id = command.Id,
        Verb = (uint)command.Verb,
        Dtab = Write(command.Dtab),
        Expected = (ulong)command.Expected,
        Target = (ulong)command.Target,
        Author = command.Author,
        AtUnixMs = command.At.ToUnixTimeMilliseconds(),
        Policies = Write(command.Policies),
    };

    private static RouteCommand Read(Command command) =>
        new(command.Id, (RouteVerb)command.Verb, command.Author, DateTimeOffset.FromUnixTimeMilliseconds(command.AtUnixMs))
        {
            Dtab = Read(command.Dtab),
            Expected = checked((long)command.Expected),
            Target = checked((long)command.Target),
            Policies = Read(command.Policies),
        };

    private static Answer Write(RouteResult result) => result switch
    {
        RouteResult.Changed changed => new Answer { Outcome = Changed, Kind = (uint)changed.Kind, Version = (ulong)changed.Version },
        RouteResult.Exists exists => new Answer { Outcome = Exists, Version = (ulong)exists.Version },
        RouteResult.Stale stale => new Answer { Outcome = Stale, Version = (ulong)stale.Version },
        RouteResult.NotFound none => new Answer { Outcome = NotFound, Reason = none.Reason },
        RouteResult.Refused refused => new Answer { Outcome = Refused, Reason = refused.Reason },
        RouteResult.Unavailable away => new Answer { Outcome = Unavailable, Reason = away.Reason },
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "an answer without a number"),
    };

    private static RouteResult Read(Answer answer) => answer.Outcome switch
    {
        Changed => new RouteResult.Changed((RouteChangeKind)answer.Kind, checked((long)answer.Version)),
        Exists => new RouteResult.Exists(checked((long)answer.Version)),
        Stale => new RouteResult.Stale(checked((long)answer.Version)),
        NotFound => new RouteResult.NotFound(answer.Reason),
        Refused => new RouteResult.Refused(answer.Reason),
        Unavailable => new RouteResult.Unavailable(answer.Reason),
        _ => new RouteResult.Unavailable("the namespace's owner runs a newer version, and its answer is not understood here"),
    };

    private static Packed? Write(PackedText? text) =>
        text is null ? null : new Packed { Bytes = UnsafeByteOperations.UnsafeWrap(text.Bytes), Length = (uint)text.Length };

    private static PackedText? Read(Packed? text) => text is null ? null : new PackedText(text.Bytes.Memory, checked((int)text.Length));
}
