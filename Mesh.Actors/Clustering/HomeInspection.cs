using Mesh.Actors.Events;
using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Clustering;

/// <summary>
/// Looks through a node's files before anybody opens them. Damaged ones are set aside, under a name that says so, where other nodes have what was
/// in them: the node then comes as one whose disk was wiped, under a new id in the quorum's group, so that no vote is given twice.
/// </summary>
/// <remarks>
/// Log and journal of a quorum go together: a journal without its log, or behind it, is what a new member fetches anyway. What only this node
/// has is never touched: the start is refused then, and names the file.
/// </remarks>
internal static class HomeInspection
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    /// <param name="home">Nobody has its files open.</param>
    /// <param name="isQuorum">Log and journal are the quorum's.</param>
    /// <param name="now">For the new names.</param>
    /// <param name="log">Where it is said.</param>
    public static void SetDamagedAside(ClusterHome home, bool isQuorum, DateTimeOffset now, Action<LogEvent> log)
    {
        SetAside([home.State], now, log);
        if (isQuorum) SetAside([home.Log, home.Journal], now, log);
    }

    private static void SetAside(IReadOnlyList<string> files, DateTimeOffset now, Action<LogEvent> log)
    {
        string[] damage = [.. files.Select(DamageOf).OfType<string>()];
        if (damage.Length == 0) return;
        IEnumerable<string> names = files.Select(file => SqliteDurableMap.SetAside(file, now)).OfType<string>();
        log(new LogEvent(
            LogLevel.Error, "cluster",
            $"damaged: {string.Join("; ", damage)}. Set aside as {string.Join(", ", names)}: this node fetches from the others what it held. "
            + "Look at the disk; let no other node lose its files before this one has caught up"));
    }

    /// <summary>What is wrong with a file, with its name; null where nothing is, or where whoever opens it will say it better.</summary>
    private static string? DamageOf(string file)
    {
        if (!File.Exists(file)) return null;
        SQLitePCL.Batteries_V2.Init();
        try
        {
            SqliteConnectionStringBuilder at = new() { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 1 };
            using SqliteConnection connection = new(at.ToString());
            connection.Open();
            using SqliteCommand check = connection.CreateCommand();
            check.CommandText = "pragma quick_check(1)";
            string verdict = check.ExecuteScalar() as string ?? "no answer";
            return verdict == "ok" ? null : $"{file} ({verdict})";
        }
        catch (SqliteException problem)
        {
            return problem.SqliteErrorCode is Corrupt or NotADatabase ? $"{file} ({problem.Message})" : null;
        }
    }
}
