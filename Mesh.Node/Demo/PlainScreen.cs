namespace Mesh.Node.Demo;

/// <summary>Frames as blocks of plain lines, for logs, pipes and terminals that want no colours.</summary>
internal sealed class PlainScreen(TextWriter output, TimeSpan interval) : IDemoScreen
{
    /// <summary>Slow enough to read along.</summary>
    public static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(5);

    public TimeSpan Interval => interval;

    public Task RunAsync(Func<Action<DemoFrame>, Task> part) => part(Show);

    private void Show(DemoFrame frame)
    {
        output.WriteLine("--- " + DemoCells.Title(frame));
        Write(output, DemoCells.ServiceHeads, [.. frame.Services.Select(DemoCells.Of)]);
        Write(output, DemoCells.InstanceHeads, [.. frame.Instances.Select(DemoCells.Of)]);
        foreach (string move in frame.Events) output.WriteLine(move);
        output.Flush();
    }

    /// <summary>Columns as wide as their widest cell, the first to the left, numbers to the right.</summary>
    public static void Write(TextWriter output, string[] heads, List<string[]> rows)
    {
        int[] widths = [.. heads.Select((head, column) => rows.Select(row => row[column].Length).Append(head.Length).Max())];
        foreach (string[] row in rows.Prepend(heads))
        {
            IEnumerable<string> cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine(string.Join("  ", cells));
        }
    }
}
