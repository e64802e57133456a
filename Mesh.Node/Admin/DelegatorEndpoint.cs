using System.Text.Json;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin;

/// <summary>What a name leads to and by which rules, all alternatives included, as a tree (Linkerd 1's dtab playground asks it).</summary>
internal sealed class DelegatorEndpoint(NodeView node) : AdminEndpoint(
    "/delegator.json", "what path= leads to, by the router namespace= and dtab= or its own dtab", HttpMethods.Get, HttpMethods.Post)
{
    /// <summary>How long it may take, namers and all; Linkerd's.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public override AdminClass Class => AdminClass.Ui;

    public override async Task HandleAsync(HttpContext context)
    {
        (Question? question, int status, string why) = await ReadAsync(context).ConfigureAwait(false);
        if (question is null || Router(question, out status, out why) is not { } delegateTo)
        {
            await AdminErrors.WriteAsync(context, status, why).ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource late = new(Patience, node.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        DelegateTree tree = await delegateTo(question.Dtab, question.Path, either.Token).ConfigureAwait(false);
        if (tree.HasPending)
        {
            const string Late = "Request timed out: not known within 2 s; a namer has not answered, or the dtab is too long";
            await AdminErrors.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, Late).ConfigureAwait(false);
            return;
        }

        await AdminJson.WriteAsync(context, StatusCodes.Status200OK, json => DelegateTreeJson.Write(json, tree)).ConfigureAwait(false);
    }

    private DelegateByRouter? Router(Question question, out int status, out string why)
    {
        RouterView? router = question.Namespace is { } label
            ? node.Routers.FirstOrDefault(each => each.Label == label)
            : node.Routers.FirstOrDefault();
        bool cannot = router is { Delegate: null };
        status = cannot ? StatusCodes.Status501NotImplemented : StatusCodes.Status404NotFound;
        why = cannot
            ? $"Name Interpreter for {router!.Label} cannot show delegations"
            : $"no router `{question.Namespace}`; there are {string.Join(", ", node.Routers.Select(static each => each.Label))}";
        return router?.Delegate;
    }

    private static async Task<(Question? Question, int Status, string Why)> ReadAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            IQueryCollection query = context.Request.Query;
            return Parse(query["namespace"], query["dtab"], query["path"]);
        }

        bool isJson = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
        if (!isJson) return (null, StatusCodes.Status415UnsupportedMediaType, "send application/json");
        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted).ConfigureAwait(false);
            return Parse(Field(body.RootElement, "namespace"), Field(body.RootElement, "dtab"), Field(body.RootElement, "path"));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            string why = $"Malformed delegation request: {fault.Message} Want {{\"namespace\": .., \"dtab\": .., \"path\": ..}}, all strings";
            return (null, StatusCodes.Status400BadRequest, why);
        }
    }

    private static string? Field(JsonElement body, string name) => body.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static (Question? Question, int Status, string Why) Parse(string? router, string? dtabText, string? pathText)
    {
        Dtab? dtab = null;
        if (dtabText is not null && !Dtab.TryParse(dtabText, out dtab, out SyntaxError? error))
        {
            return (null, StatusCodes.Status400BadRequest, $"Invalid dtab: {error}");
        }

        if (pathText is null) return (null, StatusCodes.Status400BadRequest, "Invalid path: give `path`, such as /svc/users");
        return NamePath.TryParse(pathText, out NamePath? path, out SyntaxError? wrong)
            ? (new Question(router, dtab, path), StatusCodes.Status200OK, "")
            : (null, StatusCodes.Status400BadRequest, $"Invalid path: {wrong}");
    }

    /// <summary>A router's label (null: the first router), the dtab to go by (null: the router's own), and the name.</summary>
    private sealed record Question(string? Namespace, Dtab? Dtab, NamePath Path);
}
