using System.Collections.Concurrent;

namespace Mesh.Wire.Tls;

/// <summary>Files of certificates that are read once for all who name them.</summary>
/// <remarks>Any thread but a loop's: reads files. As many as a config names; what a reload left behind stays until the end, a few KiB each.</remarks>
public sealed class CertificateShelf(TimeProvider time, Action<string> warn)
{
    /// <summary>Sets of files: a config that names more has them read anew.</summary>
    public const int MaxKept = 1000;

    private readonly ConcurrentDictionary<CertificatePaths, CertificateFiles> _files = new();

    /// <exception cref="IOException">A file cannot be read or understood; the message names it.</exception>
    public CertificateFiles Files(CertificatePaths paths)
    {
        if (_files.Count >= MaxKept) _files.Clear();
        return _files.GetOrAdd(paths, static (named, self) => new CertificateFiles(named, self.Time, self.Warn), this);
    }

    private TimeProvider Time => time;

    private Action<string> Warn => warn;
}
