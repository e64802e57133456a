using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>Answers each line of an input with exactly one line, flushed before the next is read, so that a program may ask and wait.</summary>
internal static class LineAnswers
{
    /// <summary>What separates a dtab from a path in a line.</summary>
    private const char Separator = '\t';

    public static async Task RunAsync(Stream input, TextWriter output, Func<string, Task<string>> answer, CancellationToken cancel)
    {
        var lines = new LineReader(input);
        while (await lines.ReadAsync(cancel).ConfigureAwait(false) is { } line)
        {
            string text = line.IsTooLong
                ? Error($"the line is longer than {LineReader.MaxLineBytes} bytes")
                : await answer(line.Text).ConfigureAwait(false);
            await output.WriteAsync(OneLine(text) + '\n').ConfigureAwait(false);
            await output.FlushAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>The canonical text of a dtab.</summary>
    public static string Parse(string text) =>
        Dtab.TryParse(text, out Dtab? dtab, out SyntaxError? error) ? dtab.ToString() : Error(error.ToString());

    /// <summary>What <c>DTAB TAB PATH</c>, or a path alone, is bound to; the line's rules win over the evaluator's own.</summary>
    public static async Task<string> EvalAsync(string line, DtabEvaluator evaluator, CancellationToken cancel)
    {
        int separator = line.LastIndexOf(Separator);
        Dtab dtab = Dtab.Empty;
        if (separator >= 0)
        {
            if (!Dtab.TryParse(line[..separator], out Dtab? own, out SyntaxError? dtabError)) return Error($"dtab: {dtabError}");
            dtab = own;
        }
        if (!Path.TryParse(line[(separator + 1)..], out Path? path, out SyntaxError? error)) return Error($"path: {error}");
        return TextOf(await evaluator.BindAsync(path, dtab, cancel).ConfigureAwait(false));
    }

    /// <summary>One result as text: a tree, a symbol, or <c>error: </c> and a message.</summary>
    public static string TextOf(BindResult result) => result switch
    {
        BindResult.Resolved resolved => BoundText.Of(resolved.Tree),
        BindResult.Failed failed => Error(failed.Reason),
        _ => Error($"not known within {DtabEvaluator.Patience.TotalSeconds:0.#} s: {result.Trail.Summary()}"),
    };

    private static string Error(string message) => "error: " + message;

    private static string OneLine(string text) =>
        text.AsSpan().ContainsAnyInRange('\0', '\x1f') ? string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c)) : text;
}
