using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Routing.Dtabs;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Answers in JSON, written field by field: the order is the code's.</summary>
internal static class AdminJson
{
    public const string ContentType = "application/json;charset=UTF-8";

    /// <summary>Levels of an answer; a delegation tree of the most nodes, each in the one before, has three a node.</summary>
    private const int MaxDepth = 3 * Delegator.MaxNodes + 64;

    /// <summary>Names hold <c>&amp;</c> and quotes; nothing here is put into a page.</summary>
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    /// <summary>A moment as everybody reads it (ISO 8601, UTC, milliseconds).</summary>
    public static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Answers with what <paramref name="write"/> writes; if that throws, nothing of it is sent.</summary>
    public static Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> body = new();
        using (Utf8JsonWriter json = new(body, s_options)) write(json);
        return WriteAsync(context, status, body.WrittenMemory);
    }

    /// <summary>Answers with text that is JSON already.</summary>
    public static Task WriteAsync(HttpContext context, int status, string json) => WriteAsync(context, status, Encoding.UTF8.GetBytes(json));

    private static Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
