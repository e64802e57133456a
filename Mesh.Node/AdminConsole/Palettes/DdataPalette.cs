using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mesh.Actors.Clustering;
using Mesh.Actors.Tables;
using Mesh.Node.Admin;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>ddata ..</c>: the replicated tables as this node has them.</summary>
internal static class DdataPalette
{
    private const int DefaultRows = 100;
    private const int MostRows = 10_000;

    private static readonly ConsoleOption s_table = new("-t", "TABLE", "which one") { Required = true, Values = ConsoleValues.Tables };
    private static readonly ConsoleOption s_key = new("-k", "KEY", "rows whose key begins so; all without it");
    private static readonly ConsoleOption s_most = new("-n", "ROWS", "at most so many, 100 unless given");

    public static IEnumerable<ConsoleCommand> Commands(Func<Cluster> cluster) =>
    [
        ConsoleCommand.Once("ddata tables", "the tables: rows, bytes, and whether others have the same",
            async (_, _) => Tables(await cluster().OnLoop(static tables => tables.GetStatus()).ConfigureAwait(false))),
        ConsoleCommand.Once("ddata get", "rows of a table", (call, _) => GetAsync(cluster(), call)) with
        {
            Options = [s_table, s_key, s_most],
            Example = "ddata get -t services -k web",
        },
    ];

    private static ConsoleAnswer Tables(ImmutableArray<TableStatus> tables) => new(
        text =>
        {
            foreach (TableStatus table in tables)
            {
                string agreed = table.SinceAgreed is { } since
                    ? $"agreed {since.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s ago"
                    : table.ConfirmedAt is { } then ? $"not agreed in this membership, last at {AdminJson.Time(then)}" : "never agreed";
                text.WriteLine($"{table.Name} | {table.Kind} | rows: {table.Rows - table.Tombstones} | bytes: {table.Bytes} | "
                    + $"origins: {table.Origins} | {agreed}"
                    + (table.Unsaved == 0 ? "" : $" | unsaved: {table.Unsaved}")
                    + (table.CopyFault is null ? "" : $" | local copy: {table.CopyFault}"));
            }

            text.WriteLine($"Count: {tables.Length} tables");
        },
        json =>
        {
            json.WriteStartArray();
            foreach (TableStatus table in tables)
            {
                json.WriteStartObject();
                json.WriteString("name", table.Name);
                json.WriteString("kind", table.Kind);
                json.WriteNumber("rows", table.Rows);
                json.WriteNumber("tombstones", table.Tombstones);
                json.WriteNumber("bytes", table.Bytes);
                json.WriteNumber("origins", table.Origins);
                json.WriteNumber("pending", table.Pending);
                json.WriteNumber("unsaved", table.Unsaved);
                json.WriteNumber("last_known", table.LastKnown);
                json.WriteString("root", table.Root.ToString("x16", CultureInfo.InvariantCulture));
                if (table.SinceAgreed is { } since) json.WriteNumber("since_agreed_ms", (long)since.TotalMilliseconds);
                json.WriteString("confirmed_at", table.ConfirmedAt is { } then ? AdminJson.Time(then) : null);
                json.WriteNumber("refused", table.Refused);
                json.WriteNumber("conflicts", table.Conflicts);
                json.WriteString("copy_fault", table.CopyFault);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    private static async Task<ConsoleAnswer> GetAsync(Cluster cluster, ConsoleCall call)
    {
        string name = call.Find(s_table.Name)!;
        int most = call.Number(s_most.Name, DefaultRows, 1, MostRows);
        ImmutableArray<TableStatus> tables = await cluster.OnLoop(static tables => tables.GetStatus()).ConfigureAwait(false);
        if (!tables.Any(table => table.Name == name))
            throw new ConsoleRefusal(ConsoleStatus.No, $"no table `{name}`; `ddata tables` lists them");
        ImmutableArray<RawRow> rows = await cluster.OnLoop(all => all.Peek(name, call.Find(s_key.Name) ?? "", most)).ConfigureAwait(false);
        return new ConsoleAnswer(
            text =>
            {
                foreach (RawRow row in rows)
                {
                    string value = row.Deleted ? "deleted" : Shown(row.Value.Span);
                    text.WriteLine($"{row.Key} | {Owner(row)} | {row.Version.Epoch}.{row.Version.Sequence} | {value}");
                }

                text.WriteLine($"Count: {rows.Length} rows");
            },
            json =>
            {
                json.WriteStartArray();
                foreach (RawRow row in rows)
                {
                    json.WriteStartObject();
                    json.WriteString("key", row.Key);
                    json.WriteString("owner", Owner(row));
                    json.WriteNumber("epoch", row.Version.Epoch);
                    json.WriteNumber("sequence", row.Version.Sequence);
                    json.WriteBoolean("deleted", row.Deleted);
                    json.WriteBase64String("value", row.Value.Span);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
    }

    private static string Owner(RawRow row) => row.Owner == 0 ? "-" : row.Owner.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Text where it is text, else its length.</summary>
    private static string Shown(ReadOnlySpan<byte> value)
    {
        foreach (byte one in value)
            if (one is < 0x20 or 0x7F) return $"{value.Length} bytes";
        return Encoding.UTF8.GetString(value);
    }
}
