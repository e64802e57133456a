using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin.Dtabs;

/// <summary><c>watch=true</c>: a chunked answer with one document a line, the present one first, then each that differs from the last.</summary>
internal static class Watching
{
    /// <summary>Streams until the client goes, or the node ends.</summary>
    /// <param name="context">Whom to answer.</param>
    /// <param name="contentType">Of the documents.</param>
    /// <param name="documents">With their line breaks; null: nothing to show now.</param>
    public static async Task StreamAsync(HttpContext context, string contentType, IAsyncEnumerable<byte[]?> documents)
    {
        CancellationToken gone = context.RequestAborted;
        context.Response.ContentType = contentType;
        await context.Response.StartAsync(gone).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(gone).ConfigureAwait(false);
        byte[]? last = null;
        await foreach (byte[]? document in documents.WithCancellation(gone).ConfigureAwait(false))
        {
            if (document is null || (last is not null && document.AsSpan().SequenceEqual(last))) continue;
            last = document;
            await context.Response.Body.WriteAsync(document, gone).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(gone).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the request go when the node ends, for admin waits for its requests: a stream would hold it until it is cut off.</summary>
    /// <param name="context">Its RequestAborted comes with the node's end too.</param>
    /// <param name="handle">What goes on for long.</param>
    /// <param name="ending">See <see cref="RoutesView.Ending"/>.</param>
    public static async Task FollowAsync(HttpContext context, Func<Task> handle, CancellationToken ending)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        context.RequestAborted = either.Token;
        try
        {
            await handle().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The stream ends in good order: its client comes again, elsewhere or later.
        }
    }

    /// <summary>Answers with one document.</summary>
    public static Task WriteAsync(HttpContext context, string contentType, byte[] document)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = document.Length;
        return context.Response.Body.WriteAsync(document, context.RequestAborted).AsTask();
    }
}
