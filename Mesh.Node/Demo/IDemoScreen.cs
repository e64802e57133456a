namespace Mesh.Node.Demo;

/// <summary>Where frames go: a terminal or a log.</summary>
internal interface IDemoScreen
{
    /// <summary>From frame to frame.</summary>
    TimeSpan Interval { get; }

    /// <summary>Runs the demo's middle part; it shows a frame by calling what it is given, one at a time.</summary>
    Task RunAsync(Func<Action<DemoFrame>, Task> part);
}
