namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Where lines go: a file that rolls, or a standard stream. Used by one thread at a time, off the loops; may block.</summary>
internal interface ILogTarget : IDisposable
{
    /// <summary>Whole lines.</summary>
    /// <exception cref="IOException">They could not be written, in part or at all.</exception>
    void Write(ReadOnlySpan<byte> lines);

    /// <summary>A look at the surroundings, now and then, also without lines to write.</summary>
    /// <exception cref="IOException">What is to be written to cannot be opened.</exception>
    void Maintain();
}
