using System.Collections.Immutable;
using System.Globalization;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Demo.Fleet;

/// <summary>An instance of hello and one of world beside each node; hello calls world through the node beside it, or the next.</summary>
/// <remarks>As <see cref="DemoServices"/>, with none that is slow or fails: here the nodes do.</remarks>
internal sealed class FleetServices : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly FleetClient _calls;
    private readonly DemoServer _server;

    public FleetServices(FleetPlan plan, FleetClient calls, TimeProvider time)
    {
        _time = time;
        _calls = calls;
        MetricRegistry registry = new(1);
        Instances = [.. plan.Members.SelectMany(member => Beside(member, registry))];
        _server = new DemoServer(Instances, time);
    }

    public ImmutableArray<DemoInstance> Instances { get; }

    public Task StartAsync() => _server.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private IEnumerable<DemoInstance> Beside(FleetMember member, MetricRegistry registry)
    {
        string number = member.Number.ToString(CultureInfo.InvariantCulture);
        yield return new DemoInstance(DemoServices.Hello, $"hello-{number}", registry, _time, self => GreetAsync(self, member.Number - 1));
        yield return new DemoInstance(DemoServices.World, $"world-{number}", registry, _time, AnswerAsync);
    }

    private async Task<DemoAnswer> GreetAsync(DemoInstance self, int beside) =>
        Greetings.Hello(self, await _calls.GetAsync(DemoServices.World, beside).ConfigureAwait(false));

    private static Task<DemoAnswer> AnswerAsync(DemoInstance self) => Task.FromResult(Greetings.World(self));
}
