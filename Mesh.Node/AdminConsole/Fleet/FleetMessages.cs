using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Actors.Remoting;

namespace Mesh.Node.AdminConsole.Fleet;

/// <summary>A command for another node's console; it must be one that only tells.</summary>
/// <param name="Words">Of the command.</param>
/// <param name="AsJson">Which form the answer has.</param>
internal sealed record ConsoleQuestion(ImmutableArray<string> Words, bool AsJson);

/// <summary>What the other node says.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Text">The answer in the form that was asked for; of a refusal its message.</param>
/// <param name="IsRefusal">There is no answer, only the reason why not.</param>
internal sealed record ConsoleReply(ConsoleStatus Status, string Text, bool IsRefusal)
{
    public static ConsoleReply Refuse(ConsoleStatus status, string why) => new(status, why, IsRefusal: true);
}

/// <summary>
/// Question and reply between nodes, as JSON: they carry what people read, in a form that may grow, some of them a minute. Readers pass over what
/// they do not know.
/// </summary>
internal static class FleetMessages
{
    /// <summary>Bytes of a reply's text; half of what a message of the user's lane may have, since letters may double in JSON.</summary>
    public const int MaxReplyBytes = 384 * 1024;

    public static void Register(MessageSerializers serializers)
    {
        serializers.Register("console-question.v1", Write, ReadQuestion);
        serializers.Register("console-reply.v1", Write, ReadReply);
    }

    public static byte[] Write(ConsoleQuestion question) => Bytes(json =>
    {
        json.WriteStartArray("words");
        foreach (string word in question.Words) json.WriteStringValue(word);
        json.WriteEndArray();
        json.WriteBoolean("json", question.AsJson);
    });

    public static ConsoleQuestion ReadQuestion(ReadOnlyMemory<byte> bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        return new ConsoleQuestion(
            [.. document.RootElement.GetProperty("words").EnumerateArray().Select(static word => word.GetString() ?? "")],
            document.RootElement.GetProperty("json").GetBoolean());
    }

    public static byte[] Write(ConsoleReply reply) => Bytes(json =>
    {
        json.WriteString("status", reply.Status.ToString());
        json.WriteString("text", reply.Text);
        json.WriteBoolean("refusal", reply.IsRefusal);
    });

    /// <summary>A status that is not known here counts as <see cref="ConsoleStatus.Unavailable"/>.</summary>
    public static ConsoleReply ReadReply(ReadOnlyMemory<byte> bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        bool isKnown = Enum.TryParse(document.RootElement.GetProperty("status").GetString(), out ConsoleStatus status);
        return new ConsoleReply(
            isKnown ? status : ConsoleStatus.Unavailable,
            document.RootElement.GetProperty("text").GetString() ?? "",
            document.RootElement.GetProperty("refusal").GetBoolean());
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
