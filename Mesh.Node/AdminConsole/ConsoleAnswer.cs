using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Node.AdminConsole;

/// <summary>An answer in both of its forms: lines for people, in pbm's manner, and one JSON value for machines.</summary>
/// <param name="WriteText">Writes whole lines.</param>
/// <param name="WriteJson">Writes one value.</param>
internal sealed record ConsoleAnswer(Action<TextWriter> WriteText, Action<Utf8JsonWriter> WriteJson)
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What it comes to, for the exit code; of several answers the first one's.</summary>
    public ConsoleStatus Status { get; init; }

    /// <summary>One line, and <c>{"message": line}</c>.</summary>
    public static ConsoleAnswer Line(string line) => new(
        text => text.WriteLine(line),
        json =>
        {
            json.WriteStartObject();
            json.WriteString("message", line);
            json.WriteEndObject();
        });

    /// <summary>Lines, and an array of them.</summary>
    public static ConsoleAnswer Lines(IReadOnlyList<string> lines) => new(
        text =>
        {
            foreach (string line in lines) text.WriteLine(line);
        },
        json =>
        {
            json.WriteStartArray();
            foreach (string line in lines) json.WriteStringValue(line);
            json.WriteEndArray();
        });

    /// <summary>One form of it, UTF-8, ending in a line feed.</summary>
    public byte[] ToBytes(bool asJson)
    {
        if (!asJson)
        {
            using var text = new StringWriter { NewLine = "\n" };
            WriteText(text);
            return Encoding.UTF8.GetBytes(text.ToString());
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options)) WriteJson(json);
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
