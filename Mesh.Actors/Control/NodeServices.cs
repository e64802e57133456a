using Mesh.Actors.Events;
using Mesh.Actors.Remoting;
using Mesh.Actors.Storage;
using Mesh.Wire.Metrics;

namespace Mesh.Actors.Control;

/// <summary>What every cluster protocol of a node is given.</summary>
/// <param name="Loop">Its thread, clock and chance.</param>
/// <param name="Messenger">The other nodes.</param>
/// <param name="Durable">The node's own memory.</param>
/// <param name="Metrics">Where its series live; null where nobody looks.</param>
/// <param name="Log">What an operator may want to read. Quick, any thread.</param>
public sealed record NodeServices(ControlLoop Loop, INodeMessenger Messenger, IDurableMap Durable, MetricScope? Metrics, Action<LogEvent> Log);
