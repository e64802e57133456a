namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Standard output or standard error.</summary>
internal sealed class StandardStreamTarget(Stream stream) : ILogTarget
{
    /// <summary>Linux' PIPE_BUF: so much goes into a pipe in one piece, and does not mix with lines of others.</summary>
    private const int AtomicBytes = 4096;

    public void Write(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            int part = lines.Length <= AtomicBytes ? lines.Length : lines[..AtomicBytes].LastIndexOf((byte)'\n') + 1;
            if (part == 0) part = lines.IndexOf((byte)'\n') + 1;
            stream.Write(lines[..part]);
            lines = lines[part..];
        }

        stream.Flush();
    }

    public void Maintain()
    {
    }

    public void Dispose() => stream.Dispose();
}
