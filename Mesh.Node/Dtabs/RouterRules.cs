using System.Diagnostics.CodeAnalysis;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.Dtabs;

/// <summary>The rules that a router has before any request: the file of its interpreter, read once, and its own dtab behind it.</summary>
internal static class RouterRules
{
    public static bool TryRead(RouterConfig router, [NotNullWhen(true)] out Dtab? rules, [NotNullWhen(false)] out string? fault)
    {
        rules = null;
        fault = router.Interpreter is NamerdInterpreterConfig namerd
            ? $"router {router.Label} has its names bound by namerd at {namerd.Address.Authority}; ask a running node: --admin HOST:PORT"
            : null;
        if (fault is not null) return false;
        Dtab below = Dtab.Empty;
        if (router.Interpreter is FsInterpreterConfig files && !TryReadFile(files.DtabFile, out below, out fault)) return false;
        rules = below + Dtab.Parse(router.Dtab);
        return true;
    }

    private static bool TryReadFile(string file, out Dtab rules, [NotNullWhen(false)] out string? fault)
    {
        rules = Dtab.Empty;
        try
        {
            fault = null;
            if (!Dtab.TryParse(File.ReadAllText(file), out Dtab? read, out SyntaxError? error)) fault = $"{file}: {error}";
            else rules = read;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            fault = $"{file}: {error.Message}";
        }
        return fault is null;
    }
}
