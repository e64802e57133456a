using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Node.Admin;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class MutationGuardTests : IAsyncLifetime, IDisposable
{
    private readonly AdminLab _lab = new();

    public Task InitializeAsync() => _lab.StartAsync(
        null,
        AdminLab.Echo("/change", AdminClass.Control, mutates: true),
        AdminLab.Echo("/change.json", AdminClass.Control, mutates: true),
        AdminLab.Echo("/ask"));

    public Task DisposeAsync() => _lab.DisposeAsync().AsTask();

    public void Dispose() => _lab.Client.Dispose();

    [Fact]
    public async Task AChange_NeedsTheToken()
    {
        AdminLab.Answer without = await _lab.SendAsync(HttpMethod.Post, "/change");
        AdminLab.Answer with = await _lab.SendAsync(HttpMethod.Post, "/change", null, _lab.Bearer());

        Assert.Equal(HttpStatusCode.Unauthorized, without.Status);
        Assert.Equal("Bearer, Basic", without.Challenges);
        Assert.Contains(_lab.TokenFile, without.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "done"), (with.Status, with.Text));
    }

    [Fact]
    public async Task WhateverChangesNothing_NeedsNone()
    {
        Assert.Equal(HttpStatusCode.OK, (await _lab.SendAsync(HttpMethod.Get, "/change")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _lab.SendAsync(HttpMethod.Head, "/change")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _lab.SendAsync(HttpMethod.Post, "/ask")).Status);
        Assert.Empty(_lab.Audit);
    }

    [Fact]
    public async Task TheToken_MayBeABasicPasswordOfAnyUser()
    {
        string token = _lab.Bearer().Value["Bearer ".Length..];

        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Post, "/change", null, ("Authorization", "Basic " + Base64($"anybody:{token}")));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic !!!")]
    [InlineData("Basic d3Jvbmc=")]
    [InlineData("Basic d3Jvbmc6d3Jvbmc=")]
    [InlineData("Digest x")]
    public async Task AWrongToken_IsRefused(string field)
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Post, "/change", null, ("Authorization", field));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task APageOfAnotherSite_IsRefusedEvenWithTheToken(string field, string value)
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Post, "/change", null, _lab.Bearer(), (field, value));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains(value, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "")]
    public async Task ItsOwnPage_IsServed(string field, string value)
    {
        string own = field == "Origin" ? _lab.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) : value;

        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Post, "/change", null, _lab.Bearer(), (field, own));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Fact]
    public async Task EveryAttempt_LeavesALineThatSaysWhoWhatAndResult()
    {
        await _lab.SendAsync(HttpMethod.Post, "/change?a=1%0A2");
        await _lab.SendAsync(HttpMethod.Post, "/change", null, ("Origin", "http://evil.example"));
        await _lab.SendAsync(HttpMethod.Post, "/change", null, _lab.Bearer());

        Assert.Collection(
            _lab.Audit,
            line => Assert.Matches(@"^127\.0\.0\.1:\d+ POST /change\?a=1%0A2: 401$", line),
            line => Assert.Matches(@"^127\.0\.0\.1:\d+ POST /change: 403$", line),
            line => Assert.Matches(@"^127\.0\.0\.1:\d+ POST /change: 200$", line));
    }

    [Fact]
    public async Task ANameWithoutTheToken_OpensNothing_AndIsToldAsAClaim()
    {
        AdminLab.Answer field = await _lab.SendAsync(HttpMethod.Post, "/change", null, ("X-Remote-User", "root"));
        AdminLab.Answer basic = await _lab.SendAsync(HttpMethod.Post, "/change", null, ("Authorization", "Basic " + Base64("root:wrong")));
        await _lab.SendAsync(HttpMethod.Post, "/change", null, _lab.Bearer(), ("X-Remote-User", "ann"));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (field.Status, basic.Status));
        Assert.Collection(
            _lab.Audit,
            line => Assert.Matches(@"^127\.0\.0\.1:\d+ \(says root\) POST /change: 401$", line),
            line => Assert.Matches(@"^127\.0\.0\.1:\d+ \(says root\) POST /change: 401$", line),
            line => Assert.Matches(@"^127\.0\.0\.1:\d+ \(says ann\) POST /change: 200$", line));
    }

    [Fact]
    public async Task ANewToken_HoldsAtOnce()
    {
        (string Name, string Value) old = _lab.Bearer();
        File.Delete(_lab.TokenFile);

        AdminLab.Answer before = await _lab.SendAsync(HttpMethod.Post, "/change", null, old);
        AdminLab.Answer after = await _lab.SendAsync(HttpMethod.Post, "/change", null, _lab.Bearer());

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (before.Status, after.Status));
    }

    [Fact]
    public async Task WithoutAPlaceForTheToken_NothingChangesAndTheRestAnswers()
    {
        await File.WriteAllTextAsync(_lab.StateFolder, "a file where the directory should be");

        AdminLab.Answer change = await _lab.SendAsync(HttpMethod.Post, "/change.json");
        AdminLab.Answer ask = await _lab.SendAsync(HttpMethod.Get, "/ask");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, change.Status);
        Assert.StartsWith("{\"error\":\"", change.Text, StringComparison.Ordinal);
        Assert.Contains("MESH_STATE_DIR", change.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, ask.Status);
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:9990", 200)]
    [InlineData("mesh.localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:9990", 200)]
    [InlineData("10.1.2.3", 200)]
    [InlineData("upstream", 200)]
    [InlineData("evil.example", 421)]
    [InlineData("evil.example.:9990", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    public async Task OnLoopback_AHostThatIsNotThisMachines_IsRefused(string host, int status)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, _lab.Client.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /ask HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        using StreamReader reader = new(client.GetStream());
        string? line = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.StartsWith($"HTTP/1.1 {status} ", line, StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
