using System.Net;
using Mesh.Wire.Metrics;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Demo;

/// <summary>What an instance answers.</summary>
internal readonly record struct DemoAnswer(int Status, string Text)
{
    /// <summary>False: the client says so itself, because nobody answered.</summary>
    public bool IsFromNode { get; init; } = true;
}

/// <summary>One server of a demo service: it answers and keeps its own count, whatever the node thinks of it.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class DemoInstance
{
    private readonly TimeProvider _time;
    private readonly Func<DemoInstance, Task<DemoAnswer>> _answer;
    private readonly Counter _requests;
    private readonly Counter _success;
    private readonly Histogram _latency;

    /// <param name="service">The name that clients ask for.</param>
    /// <param name="name">Its own: <c>world-3</c>, with what is special about it.</param>
    /// <param name="registry">The demo's, not the node's.</param>
    /// <param name="time">Measures answers.</param>
    /// <param name="answer">What it does.</param>
    public DemoInstance(string service, string name, MetricRegistry registry, TimeProvider time, Func<DemoInstance, Task<DemoAnswer>> answer)
    {
        Service = service;
        Name = name;
        _time = time;
        _answer = answer;
        var labels = LabelSet.Of(("instance", name));
        _requests = registry.Counter("demo_requests_total", "Requests answered.", labels);
        _success = registry.Counter("demo_success_total", "Requests answered well.", labels);
        _latency = registry.Histogram("demo_request_duration_seconds", "Time to answer.", HistogramUnit.Seconds, labels);
    }

    public string Service { get; }

    public string Name { get; }

    /// <summary>Where it listens; port 0 until it does.</summary>
    public IPEndPoint EndPoint { get; set; } = new(IPAddress.Loopback, 0);

    public TrafficCount Count => new(_requests.Value, _success.Value, _latency.Snapshot());

    public async Task ServeAsync(HttpContext context)
    {
        long start = _time.GetTimestamp();
        DemoAnswer answer = await _answer(this).ConfigureAwait(false);
        _requests.Add(0);
        if (answer.Status < 500) _success.Add(0);
        _latency.Record(0, _time.GetElapsedTime(start).Ticks * TimeSpan.NanosecondsPerTick);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = answer.Text.Length;
        await context.Response.WriteAsync(answer.Text).ConfigureAwait(false);
    }
}
