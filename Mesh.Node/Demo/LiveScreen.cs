using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mesh.Node.Demo;

/// <summary>Frames as tables that stay in place on a terminal, redrawn every second, with the last moves of breakers below.</summary>
internal sealed class LiveScreen(IAnsiConsole console) : IDemoScreen
{
    private const int EventsShown = 6;

    private readonly Queue<string> _events = new();

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public Task RunAsync(Func<Action<DemoFrame>, Task> part) => console.Live(new Text("waiting for the first answers")).StartAsync(live => part(frame =>
    {
        live.UpdateTarget(Draw(frame));
        live.Refresh();
    }));

    private Rows Draw(DemoFrame frame)
    {
        foreach (string move in frame.Events) _events.Enqueue(move);
        while (_events.Count > EventsShown) _events.Dequeue();
        string time = string.Create(CultureInfo.InvariantCulture, $"{frame.At.TotalSeconds:0} s; the last second:");
        List<IRenderable> rows =
        [
            new Text(time),
            Table(DemoCells.ServiceHeads, frame.Services.Select(row => (DemoCells.Of(row), Style.Plain))),
            Table(DemoCells.InstanceHeads, frame.Instances.Select(row => (DemoCells.Of(row), StyleOf(row)))),
            .. _events.Select(static move => new Text(move)),
        ];
        return new Rows(rows);
    }

    private static Table Table(string[] heads, IEnumerable<(string[] Cells, Style Style)> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (string head in heads) table.AddColumn(new TableColumn(new Text(head)) { Alignment = head == heads[0] ? Justify.Left : Justify.Right, NoWrap = true });
        foreach ((string[] cells, Style style) in rows) table.AddRow(cells.Select(cell => new Text(cell, style)));
        return table;
    }

    private static Style StyleOf(InstanceRow row) => row switch
    {
        { Breaker: "dead" } => new Style(Color.Red),
        { Breaker: "probing" } => new Style(Color.Yellow),
        { Traffic.SuccessRate: < 1 } => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}
