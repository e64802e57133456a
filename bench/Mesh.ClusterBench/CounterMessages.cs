using System.Globalization;
using System.Text;
using Mesh.Actors.Remoting;

namespace Mesh.ClusterBench;

/// <summary>Counts a command. Said again under the same id it is answered as the first time.</summary>
internal sealed record Add(string CommandId, long Amount);

/// <summary>The answer: it is stored, as event of that number; the epoch is that of the owner who answers.</summary>
internal sealed record Ack(long SequenceNr, long Epoch);

/// <summary>The answer: it is not stored, or that is not known.</summary>
internal sealed record Refused(string Reason);

/// <summary>Asks for a <see cref="Value"/>.</summary>
internal sealed record Read;

/// <summary>All that a counter stored; commands by their ids in the order of their events, one that was stored twice is there twice.</summary>
internal sealed record Value(long Total, long SequenceNr, long Epoch, string Commands);

/// <summary>The event.</summary>
internal sealed record Added(string CommandId, long Amount);

/// <summary>The messages as text: fields with a bar between them.</summary>
internal static class CounterMessages
{
    public static void Register(MessageSerializers serializers)
    {
        Text<Add>(serializers, "counter-add.v1", add => $"{add.Amount}|{add.CommandId}", fields => new Add(fields[1], Number(fields[0])));
        Text<Ack>(serializers, "counter-ack.v1", ack => $"{ack.SequenceNr}|{ack.Epoch}", fields => new Ack(Number(fields[0]), Number(fields[1])));
        Text<Refused>(serializers, "counter-refused.v1", no => $"{no.Reason}|", fields => new Refused(fields[0]));
        Text<Read>(serializers, "counter-read.v1", _ => "", _ => new Read());
        Text<Added>(serializers, "counter-added.v1", added => $"{added.Amount}|{added.CommandId}", fields => new Added(fields[1], Number(fields[0])));
        Text<Value>(
            serializers, "counter-value.v1", value => $"{value.Total}|{value.SequenceNr}|{value.Epoch}|{value.Commands}",
            fields => new Value(Number(fields[0]), Number(fields[1]), Number(fields[2]), fields[3]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static void Text<T>(MessageSerializers serializers, string manifest, Func<T, string> write, Func<string[], T> read)
        where T : notnull =>
        serializers.Register<T>(manifest, message => Encoding.UTF8.GetBytes(write(message)), bytes => read(Encoding.UTF8.GetString(bytes.Span).Split('|')));
}
