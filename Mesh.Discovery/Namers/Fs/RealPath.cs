namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// Where a path leads through all its links, part by part as the system walks it: a link's <c>..</c> is the parent of the directory that the link
/// really stands in. Nothing is opened, so that what the links lead to may be a pipe.
/// </summary>
internal static class RealPath
{
    /// <summary>Links on one way; as Linux has it.</summary>
    private const int Links = 40;

    /// <exception cref="IOException">The links lead in circles.</exception>
    public static string Of(string fullPath)
    {
        string root = Path.GetPathRoot(fullPath)!;
        string at = root;
        var ahead = new Stack<string>();
        Push(fullPath[root.Length..]);
        int links = 0;
        while (ahead.TryPop(out string? part))
        {
            if (part == ".") continue;
            if (part == "..")
            {
                at = Path.GetDirectoryName(at) ?? root;
                continue;
            }
            string next = Path.Combine(at, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }
            if (++links > Links) throw new IOException($"more than {Links} links lead from one to the next");
            if (Path.IsPathRooted(target)) at = root;
            Push(target);
        }
        return at;

        void Push(string path)
        {
            foreach (string part in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse()) ahead.Push(part);
        }
    }
}
