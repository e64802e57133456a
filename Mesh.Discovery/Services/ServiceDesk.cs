using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Remoting;

namespace Mesh.Discovery.Services;

/// <summary>Asks a node to drain what it hosts, or to take requests again.</summary>
/// <param name="Service">In lower case.</param>
/// <param name="Id">Only this instance; null: all of the service that it hosts.</param>
/// <param name="IsDrained">False: requests again.</param>
/// <param name="Author">Who wants it, for the node's log.</param>
public sealed record DrainQuestion(string Service, string? Id, bool IsDrained, string Author);

/// <summary>What became of it.</summary>
/// <param name="Meant">The instances that were meant, each with its state now: <c>web/a is draining</c>.</param>
/// <param name="NotKept">It holds only until the node's restart, because its disk failed: why. Null: it is kept.</param>
public sealed record DrainAnswer(ImmutableArray<string> Meant, string? NotKept);

/// <summary>Takes operators' wishes about this node's instances from other nodes of the cluster: <c>/user/service-desk</c>.</summary>
/// <remarks>Whoever may speak in the cluster may ask; the node that took the wish in has looked at the operator's token.</remarks>
public sealed class ServiceDesk : ReceiveActor
{
    public const string Name = "service-desk";

    /// <param name="local">What is hosted here.</param>
    /// <param name="log">Takes a line for each wish.</param>
    public ServiceDesk(LocalServices local, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(log);
        ReceiveAsync<DrainQuestion>(async question =>
        {
            IActorRef sender = Sender;
            DrainAnswer answer = await local.Drain(question);
            foreach (string line in answer.Meant) log($"{line}: by {question.Author}");
            sender.Tell(answer, Self);
        });
    }

    /// <summary>Makes a node's actors know the messages.</summary>
    public static void Register(MessageSerializers serializers)
    {
        ArgumentNullException.ThrowIfNull(serializers);
        serializers.Register<DrainQuestion>(
            "service-drain-question.v1",
            static question => new Protocol.DrainQuestion
            {
                Service = question.Service, Id = question.Id ?? "", Drained = question.IsDrained, Author = question.Author,
            }.ToByteArray(),
            static bytes => Read(Protocol.DrainQuestion.Parser.ParseFrom(bytes.Span)));
        serializers.Register<DrainAnswer>(
            "service-drain-answer.v1",
            static answer => new Protocol.DrainAnswer { Meant = { answer.Meant }, NotKept = answer.NotKept ?? "" }.ToByteArray(),
            static bytes => Read(Protocol.DrainAnswer.Parser.ParseFrom(bytes.Span)));
    }

    private static DrainQuestion Read(Protocol.DrainQuestion read) =>
        new(read.Service, read.Id.Length == 0 ? null : read.Id, read.Drained, read.Author);

    private static DrainAnswer Read(Protocol.DrainAnswer read) => new([.. read.Meant], read.NotKept.Length == 0 ? null : read.NotKept);
}
