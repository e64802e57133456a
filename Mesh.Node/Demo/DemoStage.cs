using Mesh.Node.Demo.Fleet;
using Spectre.Console;

namespace Mesh.Node.Demo;

/// <summary>Chooses the screen: tables in place on a terminal, plain lines where output is piped or NO_COLOR is set.</summary>
internal static class DemoStage
{
    public static IDemoScreen For(TextWriter output) => IsTerminal(output)
        ? new LiveScreen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }))
        : new PlainScreen(output, PlainScreen.UsualInterval);

    public static IFleetScreen ForFleet(TextWriter output) => IsTerminal(output)
        ? new LiveFleetScreen(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }))
        : new PlainFleetScreen(output, PlainScreen.UsualInterval);

    private static bool IsTerminal(TextWriter output) => ReferenceEquals(output, Console.Out)
        && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";
}
