using System.Globalization;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Postgres;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>Skipped by name where there is no PostgreSQL.</summary>
internal sealed class NeedsPostgresAttribute() : NeedsAttribute(PrivatePostgres.Missing);

/// <inheritdoc cref="NeedsPostgresAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute() : FactIfAttribute(PrivatePostgres.Missing);

/// <inheritdoc cref="NeedsPostgresAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PrivatePostgres.Missing;
}

/// <summary>A schema of its own in a server; the server too, when the bed was given one.</summary>
internal sealed class PostgresBed : JournalBed
{
    private readonly PrivatePostgres _server;
    private readonly bool _owns;

    public PostgresBed(PrivatePostgres server, bool owns)
    {
        (_server, _owns) = (server, owns);
        Settings = new JournalSettings
        {
            Kind = JournalKind.Postgresql,
            ConnectionString = server.ConnectionString,
            Schema = PrivatePostgres.FreshSchema(),
            MaxConnections = 4,
        };
        Postgres = OpenStore();
    }

    public PrivatePostgres Server => _server;

    public JournalSettings Settings { get; }

    public PostgresJournalStore Postgres { get; private set; }

    public override IJournalStore Store => Postgres;

    /// <summary>By the server's clock, which decides.</summary>
    public override async Task PassTime(TimeSpan time) =>
        await _server.Ask(string.Create(CultureInfo.InvariantCulture, $"select pg_sleep({time.TotalSeconds})"));

    public override async Task Restart()
    {
        await Postgres.DisposeAsync();
        Postgres = OpenStore();
    }

    /// <summary>Another node's store on the same tables.</summary>
    public PostgresJournalStore OpenStore(string? way = null) =>
        new(way is null ? Settings : Settings with { ConnectionString = way }, TimeProvider.System);

    public override async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        if (_owns) await _server.DisposeAsync();
    }
}
