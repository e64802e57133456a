using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Every write goes to the end of the file as it is at that moment: two nodes may share a log while one takes over from the other.</summary>
/// <remarks>.NET opens no file with O_APPEND. Where this is not Linux, the writer's own look at the length is all there is.</remarks>
internal static class AppendMode
{
    private const int SetFlags = 4;
    private const int Append = 0x400;

    public static void Set(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux()) _ = SetFlag(file, SetFlags, Append);
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFlag(SafeFileHandle file, int command, int flags);
}
