using System.Text.Json;

namespace Mesh.Node.AdminConsole;

/// <summary>An answer in both of its forms: lines for people, in pbm's manner, and one JSON value for machines.</summary>
/// <param name="WriteText">Writes whole lines.</param>
/// <param name="WriteJson">Writes one value.</param>
internal sealed record ConsoleAnswer(Action<TextWriter> WriteText, Action<Utf8JsonWriter> WriteJson)
{
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
}
