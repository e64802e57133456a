using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mesh.Node.Demo;

/// <summary>Frames as tables in place on a terminal, redrawn every second, at most 80 columns wide, the last moves of breakers below.</summary>
internal sealed class LiveScreen(IAnsiConsole console) : IDemoScreen
{
    private const int EventsShown = 6;

    private readonly Queue<string> _events = new();

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public Task RunAsync(Func<Action<DemoFrame>, Task> part)
    {
        LiveDisplay display = console.Live(new Text("waiting for the first answers"));
        return display.StartAsync(live => part(frame =>
        {
            live.UpdateTarget(Draw(frame));
            live.Refresh();
        }));
    }

    private Rows Draw(DemoFrame frame)
    {
        foreach (string move in frame.Events) _events.Enqueue(move);
        while (_events.Count > EventsShown) _events.Dequeue();
        List<IRenderable> rows =
        [
            new Text(DemoCells.Title(frame)),
            Table(DemoCells.ServiceHeads, frame.Services.Select(row => (DemoCells.Of(row), Style.Plain))),
            Table(DemoCells.InstanceHeads[..^1], frame.Instances.Select(row => (DemoCells.Of(row)[..^1], StyleOf(row)))),
            .. _events.Select(static move => new Text(move)),
        ];
        return new Rows(rows);
    }

    public static Table Table(string[] heads, IEnumerable<(string[] Cells, Style Style)> rows)
    {
        Table table = new Table().Border(TableBorder.Horizontal).BorderColor(Color.Grey);
        foreach (string head in heads) table.AddColumn(Column(head, head == heads[0] ? Justify.Left : Justify.Right));
        foreach ((string[] cells, Style style) in rows) table.AddRow(cells.Select(cell => new Text(cell, style)));
        return table;
    }

    private static TableColumn Column(string head, Justify side) => new(new Text(head))
    {
        Alignment = side,
        NoWrap = true,
        Padding = new Padding(0, 0, 1, 0),
    };

    private static Style StyleOf(InstanceRow row) => row switch
    {
        { Breaker: "dead" } => new Style(Color.Red),
        { Breaker: "probing" } => new Style(Color.Yellow),
        { Traffic.SuccessRate: < 1 } => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}
