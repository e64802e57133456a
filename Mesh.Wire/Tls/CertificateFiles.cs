using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Wire.Tls;

/// <summary>Where a certificate, its key and those who may vouch for peers are written, all PEM. Compared by value.</summary>
/// <param name="Certificate">The own certificate, intermediates after it; null: none is shown.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authorities">The bundle that peers must chain to; null: whom the system trusts, or nobody is asked.</param>
public sealed record CertificatePaths(string? Certificate, string? Key, string? Authorities)
{
    /// <summary>Certificates between the own one and its authority, where they are a file of their own.</summary>
    public string? Intermediates { get; init; }

    /// <summary>Further bundles like <see cref="Authorities"/>, each on a line.</summary>
    public string? MoreAuthorities { get; init; }
}

/// <summary>What the files held, ready for handshakes.</summary>
/// <param name="Own">Null: none is shown.</param>
/// <param name="Authorities">Null: none are named.</param>
public sealed record CertificateSet(SslStreamCertificateContext? Own, X509Certificate2Collection? Authorities);

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

    private readonly string? _key;
    private readonly string[] _chain;
    private readonly string[] _authorities;
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
        _key = paths.Key;
        _chain = [.. new[] { paths.Certificate, paths.Intermediates }.OfType<string>()];
        string[] more = paths.MoreAuthorities?.Split('\n') ?? [];
        _authorities = [.. more.Prepend(paths.Authorities).OfType<string>()];
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

    private byte[][] Read() => [.. _chain.Concat(_authorities).Concat(_key is null ? [] : [_key]).Select(Bytes)];

    private CertificateSet Parse(byte[][] contents)
    {
        X509Certificate2Collection authorities = [];
        for (int i = 0; i < _authorities.Length; i++)
        {
            string pem = Text(contents[_chain.Length + i]);
            authorities.AddRange(Understand(_authorities[i], () => Collection(pem)));
        }

        return new CertificateSet(_key is null ? null : Own(contents), _authorities.Length == 0 ? null : authorities);
    }

    private SslStreamCertificateContext Own(byte[][] contents)
    {
        string first = Text(contents[0]);
        X509Certificate2 leaf = Understand($"{_chain[0]} and {_key}", () => Leaf(first, Text(contents[^1])));
        X509Certificate2Collection all = Understand(_chain[0], () => Collection(first));
        if (_chain.Length > 1) all.AddRange(Understand(_chain[1], () => Collection(Text(contents[1]))));
        all.RemoveAt(0);
        return SslStreamCertificateContext.Create(leaf, all, offline: true);
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

    /// <summary>PEM is ASCII; some editors put a byte order mark before it all the same.</summary>
    public static string Text(byte[] pem)
    {
        ReadOnlySpan<byte> text = pem;
        return System.Text.Encoding.ASCII.GetString(text.StartsWith("\uFEFF"u8) ? text[3..] : text);
    }

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
