using Mesh.Actors.Journals;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each <c>journal</c>.</summary>
internal static class JournalKeys
{
    public static readonly TextKey ConnectionString = new(
        "connectionString", "", "", "Npgsql's form, such as `Host=db;Database=mesh;Username=mesh;Password=..`", static text => text.Length > 0,
        "where the server is and who asks, such as `Host=db;Database=mesh;Username=mesh`; PGPASSWORD may hold the password")
    {
        Required = true,
        Secret = true,
    };

    public static readonly TextKey Schema = new(
        "schema", JournalSettings.DefaultSchema, "", "lower case letters, digits and `_`", IsIdentifier,
        "The schema that holds the tables; made if absent.");

    public static readonly Section<JournalConfig> Sqlite = new(
        "journal `sqlite`", "A file in the state directory, for a single core node.", [],
        static _ => new JournalConfig(JournalKind.Sqlite, null, JournalSettings.DefaultSchema));

    public static readonly Section<JournalConfig> Quorum = new(
        "journal `quorum`", "A file on each core node, kept equal by Raft; writes need a majority of them.", [],
        static _ => new JournalConfig(JournalKind.Quorum, null, JournalSettings.DefaultSchema));

    public static readonly Section<JournalConfig> PostgreSql = new(
        "journal `postgresql`", "A database server that exists.", [ConnectionString, Schema],
        static view => new JournalConfig(JournalKind.Postgresql, view.Get(ConnectionString), view.Get(Schema)!));

    private static bool IsIdentifier(string text) =>
        text.Length is > 0 and <= 63 && !char.IsAsciiDigit(text[0])
        && text.All(static character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_');
}

/// <summary>The kinds of <c>journal</c>.</summary>
internal static class JournalKinds
{
    public static readonly KindTable Table = new(
        "a journal",
        "kind",
        null,
        [
            new Kind<JournalConfig>("sqlite", "A file of one core node.", JournalKeys.Sqlite),
            new Kind<JournalConfig>("quorum", "The core nodes together.", JournalKeys.Quorum),
            new Kind<JournalConfig>("postgresql", "A database server.", JournalKeys.PostgreSql),
        ]);
}
