using System.Collections.Immutable;
using Mesh.Wire.Metrics;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Demo;

/// <summary>
/// The services of the demo, in this process: two instances of hello, which call world through the node, and four of world, one of them
/// slow, one failing at times.
/// </summary>
/// <remarks>A bare Kestrel with a port for each instance: off the node's loops, and another implementation to talk to.</remarks>
internal sealed class DemoServices : IAsyncDisposable
{
    public const string Hello = "hello";
    public const string World = "world";

    /// <summary>The slow instance's extra time.</summary>
    public static readonly TimeSpan Slowness = TimeSpan.FromMilliseconds(150);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly DemoClient _calls;
    private readonly DemoServer _server;
    private long _worldCallsInBadSpells;

    public DemoServices(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _calls = new DemoClient(time);
        MetricRegistry registry = new(1);
        Failing = new DemoInstance(World, "world-4 (fails)", registry, time, FailAtTimesAsync);
        Instances =
        [
            new DemoInstance(Hello, "hello-1", registry, time, GreetAsync),
            new DemoInstance(Hello, "hello-2", registry, time, GreetAsync),
            new DemoInstance(World, "world-1", registry, time, AnswerAsync),
            new DemoInstance(World, "world-2", registry, time, AnswerAsync),
            new DemoInstance(World, "world-3 (slow)", registry, time, AnswerSlowlyAsync),
            Failing,
        ];
        _server = new DemoServer(Instances, time);
    }

    public ImmutableArray<DemoInstance> Instances { get; }

    /// <summary>The one that fails in <see cref="BadSpells"/>.</summary>
    public DemoInstance Failing { get; }

    /// <summary>Where hello finds world.</summary>
    public Uri Node
    {
        set => _calls.Node = value;
    }

    /// <summary>Since the services were made.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>Calls that reached any instance of world while one of them was failing.</summary>
    public long WorldCallsInBadSpells => Volatile.Read(ref _worldCallsInBadSpells);

    public Task StartAsync() => _server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _calls.Dispose();
    }

    private async Task<DemoAnswer> GreetAsync(DemoInstance self) => Greetings.Hello(self, await _calls.GetAsync(World).ConfigureAwait(false));

    private async Task<DemoAnswer> AnswerSlowlyAsync(DemoInstance self)
    {
        await Task.Delay(Slowness, _time).ConfigureAwait(false);
        return await AnswerAsync(self).ConfigureAwait(false);
    }

    private Task<DemoAnswer> FailAtTimesAsync(DemoInstance self)
    {
        if (!BadSpells.Contain(Elapsed)) return AnswerAsync(self);
        Interlocked.Increment(ref _worldCallsInBadSpells);
        return Task.FromResult(new DemoAnswer(StatusCodes.Status503ServiceUnavailable, $"{self.Name}: a bad spell\n"));
    }

    private Task<DemoAnswer> AnswerAsync(DemoInstance self)
    {
        if (BadSpells.Contain(Elapsed)) Interlocked.Increment(ref _worldCallsInBadSpells);
        return Task.FromResult(Greetings.World(self));
    }
}
