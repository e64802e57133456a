using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Microsoft.Net.Http.Headers;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>A dtab as a body: JSON, <c>[{"prefix":"/svc","dst":"/#/io.l5d.fs"}]</c>, or text. Each ends with a line break, as namerd's.</summary>
internal static class DtabBodies
{
    public const string Json = "application/json";
    public const string DtabText = "application/dtab";
    public const string PlainText = "text/plain";

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first of the types in an Accept field that is understood; JSON without one. Weights do not count, as in namerd.</summary>
    public static string Accepted(string accept)
    {
        foreach (string entry in accept.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string type = entry.Split(';')[0].Trim().ToLowerInvariant();
            if (type is Json or DtabText or PlainText) return type;
        }

        return Json;
    }

    public static byte[] Write(Dtab dtab, string type)
    {
        if (type != Json) return Encoding.UTF8.GetBytes(dtab + "\n");
        return Line(json =>
        {
            json.WriteStartArray();
            foreach (Dentry dentry in dtab.Dentries)
            {
                json.WriteStartObject();
                json.WriteString("prefix", dentry.Prefix.ToString());
                json.WriteString("dst", dentry.Destination.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary>One JSON value and a line break.</summary>
    public static byte[] Line(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body, s_options)) write(json);
        body.Write("\n"u8);
        return body.WrittenMemory.ToArray();
    }

    /// <summary>The dtab's text, as it is to be kept; of JSON a line for each entry.</summary>
    public static bool TryRead(
        string? contentType, ReadOnlySpan<byte> body, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? fault)
    {
        text = null;
        string type = MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.Value!.ToLowerInvariant() : "";
        if (type is not (Json or DtabText or PlainText))
        {
            fault = $"Content-Type must be {Json}, {DtabText} or {PlainText}";
            return false;
        }

        try
        {
            text = s_strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            fault = "Invalid dtab: not UTF-8 text";
            return false;
        }

        if (type == Json) return TryReadJson(text, out text, out fault);
        fault = Dtab.TryParse(text, out _, out SyntaxError? error) ? null : $"Invalid dtab: {error}";
        return fault is null;
    }

    private static bool TryReadJson(string json, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? fault)
    {
        StringBuilder lines = new();
        (text, fault) = (null, null);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            int number = 0;
            foreach (JsonElement entry in document.RootElement.EnumerateArray())
            {
                number++;
                string? prefix = entry.GetProperty("prefix").GetString(), destination = entry.GetProperty("dst").GetString();
                if (prefix is null || destination is null) fault = $"Invalid dtab: entry {number}: prefix and dst must be text";
                else if (!DtabParser.TryParsePrefix(prefix, out _, out SyntaxError? wrong)) fault = $"Invalid dtab: entry {number}, prefix: {wrong}";
                else if (!DtabParser.TryParseTree(destination, out _, out wrong)) fault = $"Invalid dtab: entry {number}, dst: {wrong}";
                if (fault is not null) return false;
                lines.Append(prefix).Append(" => ").Append(destination).Append(" ;\n");
            }

            text = lines.ToString();
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            fault = $"Invalid dtab: {error.Message} Want [{{\"prefix\": .., \"dst\": ..}}, ..]";
            return false;
        }
    }
}
