using System.Text;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Short plain answers.</summary>
internal static class AdminText
{
    public const string ContentType = "text/plain; charset=utf-8";

    /// <summary>Answers with <paramref name="text"/> and its length.</summary>
    public static Task WriteAsync(HttpContext context, int status, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
