using System.CommandLine;
using Mesh.Node.Config;

namespace Mesh.Node.Cli;

/// <summary>What the commands that read a config have in common.</summary>
internal static class ConfigArguments
{
    public static Argument<string> File() => new("FILE") { Description = "The config, YAML or JSON; - for standard input." };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Set one value by its path, such as routers.0.servers.0.port=0; may be repeated.",
        HelpName = "a.b=c",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Faults and warnings, one a line.</summary>
    public static void Print(ConfigResult result, TextWriter writer)
    {
        foreach (ConfigFault fault in result.Faults) writer.WriteLine(fault.ToString());
        foreach (ConfigFault warning in result.Warnings) writer.WriteLine(warning.ToString());
    }
}
