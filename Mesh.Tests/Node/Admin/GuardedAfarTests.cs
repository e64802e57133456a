using System.Net;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Mesh.Tests.Node.Admin;

/// <summary>What the console tells, it tells anybody on this machine, and from another one whoever shows the token.</summary>
public sealed class GuardedAfarTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-afar-");
    private readonly List<string> _audit = [];
    private readonly AdminApplication _application;
    private readonly AdminToken _token;

    public GuardedAfarTests()
    {
        _token = new AdminToken(new StateDirectory(_folder.FullName));
        AdminDoors doors = new(new AdminSecurity(AdminSecurityConfig.Default), new MutationGuard(_token, _audit.Add));
        _application = new AdminApplication(new AdminRoutes([new Told()]), doors, NullLogger.Instance);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("127.0.0.1", false, 200, 0)]
    [InlineData("::1", false, 200, 0)]
    [InlineData("::ffff:127.0.0.1", false, 200, 0)]
    [InlineData("192.0.2.1", false, 401, 1)]
    [InlineData("192.0.2.1", true, 200, 0)]
    public async Task FromAnotherMachine_TheTokenIsNeeded(string from, bool showsToken, int status, int lines)
    {
        HttpContext context = _application.CreateContext(new DefaultHttpContext().Features);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        (context.Request.Method, context.Request.Path) = ("GET", "/told");
        Assert.True(_token.TryRead(out string? secret, out _));
        if (showsToken) context.Request.Headers.Authorization = $"Bearer {secret}";

        await _application.ProcessRequestAsync(context);

        Assert.Equal((status, lines), (context.Response.StatusCode, _audit.Count));
    }

    [Theory]
    [InlineData("127.0.0.1", "evil.example", 421)]
    [InlineData("::1", "evil.example", 421)]
    [InlineData("::ffff:127.0.0.1", "evil.example", 421)]
    [InlineData("127.0.0.1", "localhost", 200)]
    [InlineData("192.0.2.9", "mesh.example", 200)]
    public async Task WhereverAdminListens_AStrangersNameThroughLoopback_IsRefused(string local, string host, int status)
    {
        HttpContext context = _application.CreateContext(new DefaultHttpContext().Features);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        context.Connection.LocalIpAddress = IPAddress.Parse(local);
        (context.Request.Method, context.Request.Path, context.Request.Host) = ("GET", "/told", new HostString(host));

        await _application.ProcessRequestAsync(context);

        Assert.Equal(status, context.Response.StatusCode);
    }

    private sealed class Told() : AdminEndpoint("/told", "a test")
    {
        public override bool IsGuardedAfar => true;

        public override Task HandleAsync(HttpContext context) => AdminText.WriteAsync(context, 200, "told");
    }
}
