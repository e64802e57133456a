using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>Where a certificate, its key and those who may vouch for peers are written, all PEM.</summary>
/// <param name="Certificate">The own certificate, intermediates after it.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authorities">The bundle that peers must chain to.</param>
public sealed record CertificatePaths(string Certificate, string Key, string Authorities);

/// <summary>What the files held, ready for handshakes.</summary>
public sealed record CertificateSet(SslStreamCertificateContext Own, X509Certificate2Collection Authorities);

/// <summary>Certificates from PEM files, read again when they change: new handshakes get the new ones, open connections live on.</summary>
/// <remarks>
/// Any thread, but it reads files: not on a loop. Contents are compared, at most once in <see cref="LookAgain"/> and only when somebody shakes
/// hands: a mounted secret changes by a swapped link that no file time shows. What cannot be read leaves the last good set in place.
/// </remarks>
public sealed class CertificateFiles
{
    /// <summary>Between two looks at the files.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of one file: all public authorities together are a quarter.</summary>
    public const int MaxFileBytes = 1024 * 1024;

    private readonly CertificatePaths _paths;
    private readonly TimeProvider _time;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private byte[][] _contents;
    private CertificateSet _set;
    private string? _told;
    private long _lookedAt;

    /// <exception cref="IOException">A file cannot be read or understood; the message names it.</exception>
    public CertificateFiles(CertificatePaths paths, TimeProvider time, Action<string> warn)
    {
        _paths = paths;
        _time = time;
        _warn = warn;
        _lookedAt = time.GetTimestamp();
        _contents = Read();
        _set = Parse(_contents);
    }

    /// <summary>For a handshake that begins now.</summary>
    public CertificateSet Current()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) < LookAgain) return _set;
            _lookedAt = _time.GetTimestamp();
            try
            {
                byte[][] contents = Read();
                if (!contents.Zip(_contents).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
                    (_set, _contents) = (Parse(contents), contents);
                _told = null;
            }
            catch (IOException fault)
            {
                if (_told != fault.Message) _warn($"{fault.Message}; the last good certificate serves on");
                _told = fault.Message;
            }

            return _set;
        }
    }

    private byte[][] Read() => [Bytes(_paths.Certificate), Bytes(_paths.Key), Bytes(_paths.Authorities)];

    private CertificateSet Parse(byte[][] contents)
    {
        string chain = Text(contents[0]);
        X509Certificate2 leaf = Understand($"{_paths.Certificate} and {_paths.Key}", () => Leaf(chain, Text(contents[1])));
        X509Certificate2Collection all = Understand(_paths.Certificate, () => Collection(chain));
        X509Certificate2Collection authorities = Understand(_paths.Authorities, () => Collection(Text(contents[2])));
        all.RemoveAt(0);
        return new CertificateSet(SslStreamCertificateContext.Create(leaf, all, offline: true), authorities);
    }

    private static X509Certificate2 Leaf(string certificate, string key)
    {
        X509Certificate2 pair = X509Certificate2.CreateFromPem(certificate, key);
        if (!OperatingSystem.IsWindows()) return pair;

        // Windows' TLS takes no key that lives in memory alone.
        using (pair) return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2Collection Collection(string pem)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(pem);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate");
    }

    private static string Text(byte[] pem) => System.Text.Encoding.ASCII.GetString(pem);

    private static T Understand<T>(string file, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new IOException($"{file} cannot be used: {fault.Message}", fault);
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > MaxFileBytes) throw new IOException($"{path} has more than {MaxFileBytes} bytes");
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }
}
