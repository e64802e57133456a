using System.Text;
using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Node.Admin.Dtabs;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.AdminConsole;

/// <summary>
/// The console's door: <c>GET ?command=..</c> runs a command that only tells, <c>POST</c> (the command as its body) one that changes something;
/// <c>json=1</c> asks for JSON. Answers are streamed as they come, so that <c>cluster tail</c> is one request.
/// </summary>
internal sealed class ConsoleEndpoint(CommandTable table)
    : AdminEndpoint(
        "/api/1/console/run", "runs a console command, ?command=..; POST for those that change something", HttpMethods.Get, HttpMethods.Post)
{
    public override AdminClass Class => AdminClass.Control;

    public override bool Mutates => true;

    public override async Task HandleAsync(HttpContext context)
    {
        bool changes = HttpMethods.IsPost(context.Request.Method);
        string line = changes ? await BodyAsync(context).ConfigureAwait(false) : context.Request.Query["command"].ToString();
        if (changes) MutationGuard.Note(context, line);
        bool asJson = context.Request.Query["json"] == "1";
        try
        {
            if (!CommandWords.TrySplit(line, out IReadOnlyList<string> words, out string? fault))
                throw new ConsoleRefusal(ConsoleStatus.BadInput, fault);
            ConsoleCall call = table.Parse(words) with { Author = RouteAnswers.Author(context) };
            if (call.Command.Mutates != changes)
                throw new ConsoleRefusal(ConsoleStatus.BadInput, $"`{call.Command.Words}` takes {(changes ? "GET" : "POST")}");
            await AnswerAsync(context, call, asJson).ConfigureAwait(false);
        }
        catch (ConsoleRefusal refusal) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, refusal, asJson).ConfigureAwait(false);
        }
    }

    private static async Task AnswerAsync(HttpContext context, ConsoleCall call, bool asJson)
    {
        context.Response.ContentType = asJson ? AdminJson.ContentType : AdminText.ContentType;
        await foreach (ConsoleAnswer answer in call.Command.Run(call, context.RequestAborted).ConfigureAwait(false))
        {
            byte[] bytes = asJson ? Json(answer) : Text(answer);
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
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

    private static byte[] Text(ConsoleAnswer answer)
    {
        using var text = new StringWriter { NewLine = "\n" };
        answer.WriteText(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Json(ConsoleAnswer answer)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) answer.WriteJson(json);
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static async Task<string> BodyAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        char[] text = new char[CommandWords.MaxLine + 1];
        int length = await reader.ReadBlockAsync(text, context.RequestAborted).ConfigureAwait(false);
        return new string(text, 0, length);
    }
}
