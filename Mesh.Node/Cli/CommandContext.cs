using Mesh.Node.Config;

namespace Mesh.Node.Cli;

/// <summary>What the commands touch besides their arguments; a test gives its own.</summary>
internal sealed record CommandContext(
    ICommandHandlers Handlers,
    ConfigHooks Hooks,
    TextWriter Output,
    TextWriter Error,
    Func<Stream> OpenStandardInput)
{
    /// <summary>Output that says when nobody reads it any more, where the system tells.</summary>
    public TextWriter Answers { get; init; } = Output;
}

/// <summary>Exit codes of the program.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A config, or a command line, that is wrong.</summary>
    public const int BadInput = 1;

    /// <summary><c>dtab eval</c>: the name is bound to nothing.</summary>
    public const int Unbound = 2;

    /// <summary><c>console</c>: understood, and the answer is no.</summary>
    public const int No = 3;

    /// <summary>The node could not start or broke (EX_SOFTWARE of sysexits.h); or standard output takes nothing more.</summary>
    public const int Broken = 70;
}
