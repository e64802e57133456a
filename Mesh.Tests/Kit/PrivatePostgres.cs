using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace Mesh.Tests.Kit;

/// <summary>
/// A PostgreSQL server of this test run alone: its data in a temporary folder, reached through a socket in it, stopped by pid at the end. As root
/// it runs under the user postgres, for the server refuses to be root.
/// </summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    /// <summary>Where its programs are; before <see cref="Missing"/>, which asks.</summary>
    private static readonly string? s_binaries = FindBinaries();

    private static int s_schemas;

    private readonly string _folder;
    private readonly bool _syncs;

    private PrivatePostgres(string folder, bool syncs) => (_folder, _syncs) = (folder, syncs);

    /// <summary>Why tests that need a server cannot run here; null when they can.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>For Npgsql.</summary>
    public string ConnectionString => $"Host={_folder};Port=5432;Username=mesh;Database=postgres";

    /// <summary>Where it listens.</summary>
    public string Socket => Path.Combine(_folder, ".s.PGSQL.5432");

    /// <summary>A name that no other test of this run has.</summary>
    public static string FreshSchema() => string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref s_schemas)}");

    /// <param name="syncs">Commits reach the disk: only where that is what is tested.</param>
    public static async Task<PrivatePostgres> StartAsync(bool syncs)
    {
        string folder = Directory.CreateTempSubdirectory("mesh-pg-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        PrivatePostgres server = new(folder, syncs);
        await server.Run("initdb", "-D", Path.Combine(folder, "data"), "-A", "trust", "-U", "mesh", "-E", "UTF8", "--locale=C", "--no-sync");
        await server.Start();
        return server;
    }

    public Task Start() => Run(
        "pg_ctl", "start", "-w", "-D", Path.Combine(_folder, "data"), "-l", Path.Combine(_folder, "log"), "-o",
        $"-c listen_addresses= -c unix_socket_directories={_folder} -c fsync={(_syncs ? "on" : "off")} -c shared_buffers=16MB -c max_connections=50");

    /// <summary>As a crash does it: no checkpoint, connections cut.</summary>
    public Task StopAtOnce() => Run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", Path.Combine(_folder, "data"));

    /// <summary>One value, over a connection of its own.</summary>
    public async Task<object?> Ask(string sql)
    {
        await using NpgsqlConnection connection = new(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(_folder, "data", "postmaster.pid"))) await StopAtOnce();
        await Run("rm", "-rf", Path.Combine(_folder, "data"), Path.Combine(_folder, "log"));
        Directory.Delete(_folder, recursive: true);
    }

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux()) return "needs Linux and PostgreSQL";
        if (s_binaries is null) return "needs PostgreSQL's initdb and pg_ctl (Debian: apt install postgresql)";
        return Environment.IsPrivilegedProcess && Tools.Find("runuser") is null
            ? "needs runuser to start PostgreSQL as another user than root"
            : null;
    }

    /// <summary>Debian keeps them off PATH, a folder for each version.</summary>
    private static string? FindBinaries()
    {
        const string debian = "/usr/lib/postgresql";
        string? packaged = Directory.Exists(debian)
            ? Directory.GetDirectories(debian).Select(each => Path.Combine(each, "bin"))
                .Where(each => File.Exists(Path.Combine(each, "initdb"))).Max()
            : null;
        return packaged ?? Path.GetDirectoryName(Tools.Find("initdb"));
    }

    /// <summary>One of the server's programs, as the server's user.</summary>
    private async Task Run(string program, params string[] arguments)
    {
        string full = Path.Combine(s_binaries!, program);
        if (!File.Exists(full)) full = program;
        string[] command = Environment.IsPrivilegedProcess ? ["runuser", "-u", "postgres", "--", full, .. arguments] : [full, .. arguments];

        // No pipes: the server would inherit them and keep them open.
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", Path.Combine(_folder, "output"), .. command])
        {
            WorkingDirectory = _folder,
        };
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"{program} ended with {process.ExitCode}: {await File.ReadAllTextAsync(Path.Combine(_folder, "output"))}");
    }
}

/// <summary>The one server that all tests share which do not harm it. It starts before the first of them and is stopped after the last.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private PrivatePostgres? _server;

    /// <summary>Only where there is one: tests that need it are skipped elsewhere.</summary>
    internal PrivatePostgres Server => _server ?? throw new InvalidOperationException(PrivatePostgres.Missing);

    /// <inheritdoc/>
    public async Task InitializeAsync() => _server = PrivatePostgres.Missing is null ? await PrivatePostgres.StartAsync(syncs: false) : null;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}

/// <summary>Classes of this collection get <see cref="SharedPostgres"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<SharedPostgres>
{
    public const string Name = "PostgreSQL";
}
