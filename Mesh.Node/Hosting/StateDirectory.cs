using System.Diagnostics.CodeAnalysis;

namespace Mesh.Node.Hosting;

/// <summary>
/// Where a node keeps what outlives it: <c>MESH_STATE_DIR</c>, else <c>mesh</c> below the user's state folder (XDG base directories).
/// </summary>
/// <param name="path">Absolute; null when the environment names none.</param>
internal sealed class StateDirectory(string? path)
{
    /// <summary>The environment variable that names it.</summary>
    public const string Variable = "MESH_STATE_DIR";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string? Path => path;

    /// <summary>The directory that this process's environment names; nothing is created.</summary>
    public static StateDirectory Of(Func<string, string?> environment)
    {
        if (environment(Variable) is { Length: > 0 } own) return new StateDirectory(System.IO.Path.GetFullPath(own));
        if (environment("XDG_STATE_HOME") is { Length: > 0 } state && System.IO.Path.IsPathFullyQualified(state)) return Below(state);
        if (environment("LOCALAPPDATA") is { Length: > 0 } windows && OperatingSystem.IsWindows()) return Below(windows);
        bool hasHome = environment("HOME") is { Length: > 0 } home && System.IO.Path.IsPathFullyQualified(home);
        return hasHome ? Below(System.IO.Path.Combine(environment("HOME")!, ".local", "state")) : new StateDirectory(null);
    }

    /// <summary>Makes the directory, readable by its owner alone, if it is not there.</summary>
    public bool TryCreate([NotNullWhen(false)] out string? why)
    {
        why = null;
        try
        {
            if (path is null) why = $"no state directory: set {Variable} to a directory that the node may write";
            else if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            why = $"cannot make the state directory {path}: {fault.Message}; set {Variable} to one that the node may write";
        }

        return why is null;
    }

    private static StateDirectory Below(string folder) => new(System.IO.Path.Combine(folder, "mesh"));
}
