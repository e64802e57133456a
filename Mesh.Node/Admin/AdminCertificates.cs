using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Node.Config;

namespace Mesh.Node.Admin;

/// <summary>The admin port's certificate, read from PEM files, and read again when they change: new connections get the new one.</summary>
/// <remarks>
/// Any thread. The files' contents are compared, at most once in <see cref="LookAgain"/> and only when somebody connects: a mounted secret changes by
/// a swapped link that no file time shows. What cannot be read leaves the last good one in place.
/// </remarks>
internal sealed class AdminCertificates
{
    /// <summary>Between two looks at the files.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly AdminTlsConfig _config;
    private readonly TimeProvider _time;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private Loaded _loaded;
    private string? _told;
    private long _lookedAt;

    /// <exception cref="IOException">A file cannot be read or understood; the message names the key and the file.</exception>
    public AdminCertificates(AdminTlsConfig config, TimeProvider time, Action<string> warn)
    {
        _config = config;
        _time = time;
        _warn = warn;
        _lookedAt = time.GetTimestamp();
        Files files = Read();
        _loaded = new Loaded(files, Options(files));
    }

    /// <summary>For a handshake that begins now.</summary>
    public SslServerAuthenticationOptions Current()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) < LookAgain) return _loaded.Options;
            _lookedAt = _time.GetTimestamp();
            try
            {
                Files files = Read();
                if (!files.Same(_loaded.Files)) _loaded = new Loaded(files, Options(files));
                _told = null;
            }
            catch (IOException fault)
            {
                if (_told != fault.Message) _warn($"{fault.Message}; the last good certificate serves on");
                _told = fault.Message;
            }

            return _loaded.Options;
        }
    }

    private Files Read() => new(
        Bytes("certPath", _config.CertPath)!,
        Bytes("keyPath", _config.KeyPath)!,
        Bytes("intermediateCertsPath", _config.IntermediateCertsPath),
        Bytes("caCertPath", _config.RequireClientAuth ? _config.CaCertPath : null));

    private SslServerAuthenticationOptions Options(Files files)
    {
        X509Certificate2 leaf = Parse($"{_config.CertPath} and {_config.KeyPath}", () => Leaf(files));
        X509Certificate2Collection? intermediates = null;
        if (files.Intermediates is { } pem) intermediates = Parse(_config.IntermediateCertsPath!, () => Collection(pem));
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, intermediates, offline: true),
            ClientCertificateRequired = _config.RequireClientAuth,

            // As between nodes: what a resumed session has not got is judged to be missing.
            AllowTlsResume = !_config.RequireClientAuth,
        };
        if (!_config.RequireClientAuth) return options;

        // Without revocation lists: the authority is the operator's own, and a handshake waits for no other server.
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (files.Authorities is { } roots)
        {
            options.CertificateChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Parse(_config.CaCertPath!, () => Collection(roots)));
        }

        return options;
    }

    private static X509Certificate2 Leaf(Files files)
    {
        X509Certificate2 pair = X509Certificate2.CreateFromPem(Text(files.Certificate), Text(files.Key));
        if (!OperatingSystem.IsWindows()) return pair;

        // Windows' TLS takes no key that lives in memory alone.
        using (pair) return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2Collection Collection(byte[] pem)
    {
        X509Certificate2Collection certificates = [];
        certificates.ImportFromPem(Text(pem));
        if (certificates.Count == 0) throw new CryptographicException("it holds no certificate");
        return certificates;
    }

    private static string Text(byte[] pem) => Mesh.Wire.Tls.CertificateFiles.Text(pem);

    private static T Parse<T>(string file, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new IOException($"admin.tls: {file} cannot be used: {fault.Message}", fault);
        }
    }

    private static byte[]? Bytes(string key, string? path)
    {
        if (path is null) return null;
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > ConfigHooks.MaxFileBytes)
            {
                throw new IOException($"admin.tls.{key}: {path} has more than {ConfigHooks.MaxFileBytes} bytes");
            }


            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"admin.tls.{key}: {fault.Message}", fault);
        }
    }

    /// <summary>The files' bytes.</summary>
    private sealed record Files(byte[] Certificate, byte[] Key, byte[]? Intermediates, byte[]? Authorities)
    {
        public bool Same(Files other) => Same(Certificate, other.Certificate) && Same(Key, other.Key)
            && Same(Intermediates, other.Intermediates) && Same(Authorities, other.Authorities);

        private static bool Same(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);
    }

    /// <summary>What the files held and what was made of it.</summary>
    private sealed record Loaded(Files Files, SslServerAuthenticationOptions Options);
}
