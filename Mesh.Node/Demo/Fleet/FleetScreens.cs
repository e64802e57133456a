using Spectre.Console;
using Spectre.Console.Rendering;

namespace Mesh.Node.Demo.Fleet;

/// <summary>Where frames of several nodes go: a terminal or a log.</summary>
internal interface IFleetScreen
{
    /// <summary>From frame to frame.</summary>
    TimeSpan Interval { get; }

    /// <summary>Runs the demo's middle part; it shows a frame by calling what it is given, one at a time.</summary>
    Task RunAsync(Func<Action<FleetFrame>, Task> part);
}

/// <summary>A table in place, redrawn every second, at most 80 columns wide, with what happened last below.</summary>
internal sealed class LiveFleetScreen(IAnsiConsole console) : IFleetScreen
{
    private const int EventsShown = 12;

    private readonly Queue<string> _events = new();

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public Task RunAsync(Func<Action<FleetFrame>, Task> part)
    {
        LiveDisplay display = console.Live(new Text("the nodes start"));
        return display.StartAsync(live => part(frame =>
        {
            live.UpdateTarget(Draw(frame));
            live.Refresh();
        }));
    }

    private Rows Draw(FleetFrame frame)
    {
        foreach (string line in frame.Events) _events.Enqueue(line);
        while (_events.Count > EventsShown) _events.Dequeue();
        List<IRenderable> rows =
        [
            new Text(frame.Title),
            LiveScreen.Table(FleetFrame.Heads, frame.Nodes.Select(row => (row.Cells, StyleOf(row)))),
            .. _events.Select(static line => new Text(line)),
        ];
        return new Rows(rows);
    }

    private static Style StyleOf(FleetRow row) => row switch
    {
        { State: "killed" } => new Style(Color.Red),
        { IsWell: false } or { SuccessRate: < 1 } => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}

/// <summary>Frames as blocks of plain lines.</summary>
internal sealed class PlainFleetScreen(TextWriter output, TimeSpan interval) : IFleetScreen
{
    public TimeSpan Interval => interval;

    public Task RunAsync(Func<Action<FleetFrame>, Task> part) => part(Show);

    private void Show(FleetFrame frame)
    {
        output.WriteLine("--- " + frame.Title);
        PlainScreen.Write(output, FleetFrame.Heads, [.. frame.Nodes.Select(static row => row.Cells)]);
        foreach (string line in frame.Events) output.WriteLine(line);
        output.Flush();
    }
}
