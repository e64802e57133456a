using Mesh.Node.AdminConsole.Explaining;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>explain</c>: why a request goes where it goes, without sending it.</summary>
internal static class ExplainPalette
{
    private static readonly ConsoleOption s_header = new("-H", "HEADER", "a header of the request, 'name: value'") { IsRepeatable = true };

    private static readonly ConsoleOption s_router = new("-r", "ROUTER", "by which router; the first of the config without it")
    {
        Values = ConsoleValues.Routers,
    };

    public static IEnumerable<ConsoleCommand> Commands(Explainer explainer) =>
    [
        ConsoleCommand.Once("explain", "why a request goes where it goes: name, rules, destination, endpoints, policies; nothing is sent",
            (call, cancel) => ExplainAsync(explainer, call, cancel)) with
        {
            Arguments =
            [
                new ConsoleArgument("METHOD", "GET unless given"),
                new ConsoleArgument("URL", "as a client would ask for it, http://web/users/7, or a path") { Required = true },
            ],
            Options = [s_header, s_router],
            Example = "explain GET http://web/users/7 -H 'l5d-dtab: /svc/web => /svc/web-v2'",
        },
    ];

    private static async Task<ConsoleAnswer> ExplainAsync(Explainer explainer, ConsoleCall call, CancellationToken cancel)
    {
        ExplainRequest request = ExplainRequest.Of(call.Arguments, call.All(s_header.Name));
        Step step = await explainer.ExplainAsync(request, call.Find(s_router.Name), cancel).ConfigureAwait(false);
        return Of(step);
    }

    /// <summary>An explanation that ends in no is one all the same.</summary>
    public static ConsoleAnswer Of(Step step) => new(text => StepText.Write(text, step), json => StepJson.Write(json, step))
    {
        Status = step.Verdict == StepVerdict.No ? ConsoleStatus.No : ConsoleStatus.Done,
    };
}
