using System.Text;
using Mesh.Node.Admin;
using Mesh.Node.Cli;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Node.AdminConsole;

/// <summary>
/// The console's door: <c>GET ?command=..</c> runs a command that only tells, <c>POST</c> (the command as its body) one that changes something;
/// <c>json=1</c> asks for JSON. Answers are streamed as they come, so that <c>cluster tail</c> is one request.
/// </summary>
/// <param name="table">The commands.</param>
/// <param name="ending">Comes when the node ends: who follows, such as by <c>cluster tail</c>, is let go, so that nobody waits for them.</param>
internal sealed class ConsoleEndpoint(CommandTable table, CancellationToken ending)
    : AdminEndpoint(
        "/api/1/console/run", "runs a console command, ?command=..; POST for those that change something", HttpMethods.Get, HttpMethods.Post)
{
    /// <summary>Where an answer came and is no all the same, the exit code stands here.</summary>
    public const string ExitHeader = "mesh-console-exit";

    public override AdminClass Class => AdminClass.Control;

    public override bool Mutates => true;

    public override bool IsGuardedAfar => true;

    public override async Task HandleAsync(HttpContext context)
    {
        bool changes = HttpMethods.IsPost(context.Request.Method);
        string line = changes ? await BodyAsync(context).ConfigureAwait(false) : context.Request.Query["command"].ToString();
        if (changes) MutationGuard.Note(context, line);
        bool asJson = QueryFlags.IsSet(context, "json");
        try
        {
            int most = changes ? CommandWords.MaxText : CommandWords.MaxLine;
            if (!CommandWords.TrySplit(line, out IReadOnlyList<string> words, out string? fault, most))
                throw new ConsoleRefusal(ConsoleStatus.BadInput, fault);
            ConsoleCall call = table.Parse(words) with { Author = CallerName.Author(context), IsJson = asJson };
            if (call.Command.Mutates != changes)
                throw new ConsoleRefusal(ConsoleStatus.BadInput, $"`{call.Command.Words}` takes {(changes ? "GET" : "POST")}");
            await AnswerAsync(context, call, asJson).ConfigureAwait(false);
        }
        catch (ConsoleRefusal refusal) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, refusal, asJson).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext context, ConsoleCall call, bool asJson)
    {
        // What changes something is done; who only listens is let go, and hears what was said until then.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, call.Command.Mutates ? CancellationToken.None : ending);
        try
        {
            await StreamAsync(context, call.Command.Run(call, end.Token), asJson).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted) throw new ConsoleRefusal(ConsoleStatus.Unavailable, "the node ends; ask another");
        }
    }

    private static async Task StreamAsync(HttpContext context, IAsyncEnumerable<ConsoleAnswer> answers, bool asJson)
    {
        context.Response.ContentType = asJson ? AdminJson.ContentType : AdminText.ContentType;
        await foreach (ConsoleAnswer answer in answers.ConfigureAwait(false))
        {
            if (!context.Response.HasStarted && answer.Status != ConsoleStatus.Done)
                context.Response.Headers[ExitHeader] = $"{(answer.Status == ConsoleStatus.No ? ExitCodes.No : ExitCodes.Broken)}";
            await context.Response.Body.WriteAsync(answer.ToBytes(asJson), context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static Task RefuseAsync(HttpContext context, ConsoleRefusal refusal, bool asJson)
    {
        int status = refusal.Status switch
        {
            ConsoleStatus.BadInput => StatusCodes.Status400BadRequest,
            ConsoleStatus.No => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        if (!asJson) return AdminText.WriteAsync(context, status, refusal.Message + "\n");
        return AdminJson.WriteAsync(context, status, json =>
        {
            json.WriteStartObject();
            json.WriteString("error", refusal.Message);
            json.WriteEndObject();
        });
    }

    /// <summary>A dtab of the largest size with the words around it is above what other endpoints take.</summary>
    private static async Task<string> BodyAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = Encoding.UTF8.GetMaxByteCount(CommandWords.MaxText);
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        StringBuilder text = new();
        char[] part = new char[8192];
        while (text.Length <= CommandWords.MaxText)
        {
            int read = await reader.ReadAsync(part, context.RequestAborted).ConfigureAwait(false);
            if (read == 0) break;
            text.Append(part, 0, read);
        }

        return text.ToString();
    }
}
