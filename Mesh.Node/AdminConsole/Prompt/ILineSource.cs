namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>Where a session's commands come from: a script, or somebody at a terminal.</summary>
internal interface ILineSource : IDisposable
{
    /// <summary>The next line; null at the end.</summary>
    Task<string?> NextAsync(CancellationToken cancel);

    /// <summary>Runs a command so that whoever types can end it without ending the session; its exit code.</summary>
    Task<int> InterruptiblyAsync(Func<CancellationToken, Task<int>> run, CancellationToken cancel);
}

/// <summary>Lines of a reader, one a command: a pipe, a file, a terminal that cannot be edited on.</summary>
/// <param name="reader">Where from.</param>
/// <param name="prompt">Written before each; null: nothing is.</param>
/// <param name="output">Where the prompt goes.</param>
internal sealed class ScriptLines(TextReader reader, string? prompt, TextWriter output) : ILineSource
{
    public async Task<string?> NextAsync(CancellationToken cancel)
    {
        if (prompt is not null) await output.WriteAsync(prompt.AsMemory(), cancel).ConfigureAwait(false);
        await output.FlushAsync(cancel).ConfigureAwait(false);
        return await reader.ReadLineAsync(cancel).ConfigureAwait(false);
    }

    public Task<int> InterruptiblyAsync(Func<CancellationToken, Task<int>> run, CancellationToken cancel) => run(cancel);

    public void Dispose()
    {
    }
}
