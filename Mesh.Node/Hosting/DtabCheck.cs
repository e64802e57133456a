using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.Hosting;

/// <summary>Lets the config loader judge dtabs, which are Routing's language: a fault in one is told at its own character.</summary>
internal static class DtabCheck
{
    /// <summary>What the program's commands load configs with.</summary>
    public static ConfigHooks Hooks { get; } = new(FirstFault, Directory.Exists);

    /// <summary>The first fault of a dtab's text, or null.</summary>
    public static DtabFault? FirstFault(string text) =>
        Dtab.TryParse(text, out _, out SyntaxError? error) ? null : new DtabFault(error.Offset, $"{Found(error)}; expected {error.Expected}");

    private static string Found(SyntaxError error) =>
        error.Offset < error.Text.Length ? $"{Quoting.Quote(error.Text[error.Offset].ToString())} cannot stand here" : "ends too early";
}
