using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.EndToEnd;

/// <summary>A backend that speaks HTTP/2 alone, of another make: Kestrel, with a script for the calls.</summary>
internal sealed class GrpcOrigin : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly Func<HttpContext, int, Task> _script;
    private readonly KestrelServer _kestrel;
    private readonly ConcurrentQueue<IHeaderDictionary> _calls = new();
    private ListenOptions _listen = null!;
    private int _count;

    private GrpcOrigin(Func<HttpContext, int, Task> script)
    {
        _script = script;
        KestrelServerOptions options = new() { AddServerHeader = false };
        options.Listen(IPAddress.Loopback, 0, Listen);
        SocketTransportFactory transport = new(Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    public int Port => _listen.IPEndPoint!.Port;

    /// <summary>Heads of the calls so far, in order.</summary>
    public IReadOnlyList<IHeaderDictionary> Calls => [.. _calls];

    /// <summary>The script gets each call, and its number from 1.</summary>
    public static async Task<GrpcOrigin> StartAsync(Func<HttpContext, int, Task> script)
    {
        GrpcOrigin origin = new(script);
        await origin._kestrel.StartAsync(origin, CancellationToken.None);
        return origin;
    }

    /// <summary>Reads all messages, answers them back, and ends with that status.</summary>
    public static async Task EchoAsync(HttpContext call, int status = 0, string message = "")
    {
        using MemoryStream body = new();
        await call.Request.Body.CopyToAsync(body);
        call.Response.ContentType = "application/grpc";
        await call.Response.Body.WriteAsync(body.ToArray());
        End(call, status, message);
    }

    /// <summary>The trailers.</summary>
    public static void End(HttpContext call, int status, string message = "")
    {
        call.Response.AppendTrailer("grpc-status", $"{status}");
        if (message.Length > 0) call.Response.AppendTrailer("grpc-message", message);
    }

    /// <summary>A response that is a head alone.</summary>
    public static async Task TrailersOnlyAsync(HttpContext call, int status, params (string Name, string Value)[] more)
    {
        await call.Request.Body.CopyToAsync(Stream.Null);
        await EndEarly(call, status);
        foreach ((string name, string value) in more) call.Response.Headers[name] = value;
    }

    /// <summary>The same before the request has ended.</summary>
    public static Task EndEarly(HttpContext call, int status)
    {
        call.Response.ContentType = "application/grpc";
        call.Response.Headers["grpc-status"] = $"{status}";
        return Task.CompletedTask;
    }

    /// <summary>The head and one message, which is on its way.</summary>
    public static async Task BeginAsync(HttpContext call, string message = "first")
    {
        call.Response.ContentType = "application/grpc";
        await call.Response.Body.WriteAsync(GrpcClient.Frame(message));
        await call.Response.Body.FlushAsync();
    }

    /// <summary>Breaks the stream off with that code.</summary>
    public static void Reset(HttpContext call, int code) => call.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context)
    {
        _calls.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)));
        return _script(context, Interlocked.Increment(ref _count));
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _kestrel.StopAsync(now.Token);
        _kestrel.Dispose();
    }

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http2;
        _listen = listen;
    }
}
