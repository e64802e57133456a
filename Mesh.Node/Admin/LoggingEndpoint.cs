using Mesh.Node.Hosting;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Lists the loggers with their levels, and sets one: a form, or a query, with <c>logger</c> and <c>level</c> (Linkerd 1's).</summary>
internal sealed class LoggingEndpoint(LogLevels levels)
    : AdminEndpoint("/logging.json", "the loggers and their levels; POST logger= and level= sets one", HttpMethods.Get, HttpMethods.Post)
{
    public override AdminClass Class => AdminClass.Control;

    public override bool Mutates => true;

    public override async Task HandleAsync(HttpContext context)
    {
        if (HttpMethods.IsPost(context.Request.Method) && await SetAsync(context).ConfigureAwait(false) is { } wrong)
        {
            await AdminErrors.WriteAsync(context, StatusCodes.Status400BadRequest, wrong).ConfigureAwait(false);
            return;
        }

        await AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray();
            foreach (string logger in LogLevels.Loggers)
            {
                json.WriteStartObject();
                json.WriteString("logger", logger);
                json.WriteString("level", levels.For(logger).Name());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private async Task<string?> SetAsync(HttpContext context)
    {
        string logger = await FieldAsync(context, "logger").ConfigureAwait(false);
        string name = await FieldAsync(context, "level").ConfigureAwait(false);
        MutationGuard.Note(context, $"logger={logger} level={name}");
        if (logger.Length == 0 || name.Length == 0) return "give `logger` and `level`, as a form or in the query";
        if (!NodeLogLevels.TryParse(name, out NodeLogLevel level)) return $"no level `{name}`; there are {NodeLogLevels.Expected}";
        return levels.TrySet(logger, level) ? null : $"no logger `{logger}`; there are {string.Join(", ", LogLevels.Loggers)}";
    }

    private static async Task<string> FieldAsync(HttpContext context, string name)
    {
        if (context.Request.Query.TryGetValue(name, out var given)) return given.ToString();
        if (!context.Request.HasFormContentType) return "";
        try
        {
            IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false);
            return form[name].ToString();
        }
        catch (InvalidDataException fault)
        {
            throw new BadHttpRequestException(fault.Message, fault);
        }
    }
}
