using Mesh.Node.Hosting;

namespace Mesh.Node.Demo.Fleet;

/// <summary>A log file for each node, so that the table stays alone on the terminal.</summary>
internal sealed class FleetLogs(FleetFolder folder, TimeProvider time) : IDisposable
{
    private readonly List<TextWriter> _files = [];

    public NodeLog Of(FleetMember member)
    {
        // A node may say its last word after the demo's.
        TextWriter file = TextWriter.Synchronized(new StreamWriter(folder.LogOf(member)) { AutoFlush = true });
        _files.Add(file);
        return new NodeLog(file, time);
    }

    public void Dispose()
    {
        foreach (TextWriter file in _files) file.Dispose();
    }
}
