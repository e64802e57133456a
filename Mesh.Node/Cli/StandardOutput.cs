using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Node.Cli;

/// <summary>
/// Standard output as a file is: a pipe that nobody reads any more is an error. .NET's console hides it, and a command that answers an endless
/// input would answer nobody for ever.
/// </summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>For a pipe; the console's own for all else, which writes where the descriptor stands and not where it thinks.</summary>
    public static TextWriter Open()
    {
        if (OperatingSystem.IsWindows()) return Console.Out;
        try
        {
            FileStream stream = new(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek && Console.IsOutputRedirected) return new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Closed: the console tells.
        }

        return Console.Out;
    }
}
