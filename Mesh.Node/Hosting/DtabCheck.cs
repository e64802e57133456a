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
    /// <remarks>Where white space is at fault, what follows it is told: nobody sees a blank, and YAML does not keep its place.</remarks>
    public static DtabFault? FirstFault(string text)
    {
        if (Dtab.TryParse(text, out _, out SyntaxError? error)) return null;
        int offset = error.Offset;
        while (offset < text.Length && char.IsWhiteSpace(text[offset])) offset++;
        string found = offset < text.Length ? $"{Quoting.Quote(text[offset].ToString())} cannot stand here" : "ends too early";
        return new DtabFault(offset, $"{found}; expected {error.Expected}");
    }
}
