using FsCheck;
using FsCheck.Fluent;
using Mesh.Node.Proxy.Policies;
using Mesh.Tests.Wire.Http1;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Policies;

/// <summary>Prefixes of paths, and what rewrites and redirects make of them.</summary>
public sealed class PathTests
{
    /// <summary>Few letters, so that paths and prefixes meet.</summary>
    private static readonly Gen<string> s_paths = Gen.Elements("", "/a", "/b", "/ab", "/", "//")
        .SelectMany(one => Gen.Elements("", "/a", "/b", "/ab", "/").SelectMany(two => Gen.Elements("", "?", "?/a", "?q=/a").Select(query =>
            "/" + (one + two).TrimStart('/') + query)));

    private static readonly Gen<string> s_prefixes = Gen.Elements("/", "/a", "/b", "/ab", "/a/b", "/a/a");

    [Theory]
    [InlineData("/v1", "/v1", true)]
    [InlineData("/v1", "/v1/", true)]
    [InlineData("/v1", "/v1/x", true)]
    [InlineData("/v1", "/v1?x", true)]
    [InlineData("/v1", "/v10", false)]
    [InlineData("/v1", "/v", false)]
    [InlineData("/v1", "/V1", false)]
    [InlineData("/v1", "/%76%31", false)]
    [InlineData("/v1", "*", false)]
    [InlineData("/v1", "", false)]
    [InlineData("/", "/x", true)]
    [InlineData("/", "", true)]
    [InlineData("/", "?x", true)]
    [InlineData("/", "*", false)]
    public void Prefix_IsOfWholeSegments(string prefix, string target, bool matches) =>
        Assert.Equal(matches, new PathPrefix(prefix).Matches(Http1Kit.Bytes(target)));

    [Fact]
    public void Prefix_IsWhatSplittingSays() => Prop.ForAll(s_prefixes.ToArbitrary(), s_paths.ToArbitrary(), (prefix, target) =>
    {
        string path = target.Split('?')[0];
        string[] wanted = prefix == "/" ? [] : prefix[1..].Split('/');
        bool matches = path[1..].Split('/').Take(wanted.Length).SequenceEqual(wanted);

        return matches == new PathPrefix(prefix).Matches(Http1Kit.Bytes(target));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("/v1", "/v2", "/v1/x?y", "/v2/x?y")]
    [InlineData("/v1", "/v2", "/v1", "/v2")]
    [InlineData("/v1", "/v2", "/v1/", "/v2/")]
    [InlineData("/v1", "/v2", "/v1?y", "/v2?y")]
    [InlineData("/v1", "/", "/v1/x", "/x")]
    [InlineData("/v1", "/", "/v1", "/")]
    [InlineData("/v1", "/", "/v1?y", "/?y")]
    [InlineData("/", "/v2", "/x", "/v2/x")]
    [InlineData("/", "/v2", "/", "/v2/")]
    [InlineData("/", "/", "/x", "/x")]
    [InlineData("/v1/", "/v2/", "/v1/x", "/v2/x")]
    [InlineData("/v1", "/v2", "/v10", "/v10")]
    public void Rewrite_StandsInForThePrefix(string prefix, string by, string target, string becomes)
    {
        string sent = Policy.Forward(
            $"- {{match: {{pathPrefix: {prefix}}}, rewrite: {{prefix: {by}}}}}", $"GET {target} HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.StartsWith($"GET {becomes} HTTP/1.1\r\nHost: web\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public void Rewrite_OfAnyPath_LeavesAPathWithTheSameQuery() => Prop.ForAll(
        s_prefixes.ToArbitrary(), s_prefixes.ToArbitrary(), s_paths.ToArbitrary(), (prefix, by, target) =>
        {
            string sent = Policy.Forward(
                $"- {{match: {{pathPrefix: {prefix}}}, rewrite: {{prefix: {by}}}}}", $"GET {target} HTTP/1.1\r\nHost: web\r\n\r\n").Split(' ')[1];
            return sent.StartsWith('/') && Query(sent) == Query(target);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("GET /a?b HTTP/1.1\r\nHost: web\r\n\r\n", "GET /x?b HTTP/1.1\r\n")]
    [InlineData("GET http://web HTTP/1.1\r\nHost: web\r\n\r\n", "GET /x HTTP/1.1\r\n")]
    [InlineData("GET http://web?b HTTP/1.1\r\nHost: web\r\n\r\n", "GET /x?b HTTP/1.1\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: web\r\n\r\n", "OPTIONS * HTTP/1.1\r\n")]
    public void Rewrite_OfTheWholePath_KeepsTheQuery(string request, string line) =>
        Assert.StartsWith(line, Policy.Forward("- {rewrite: {path: /x}}", request), StringComparison.Ordinal);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\nA: b\r\n\r\n")]
    [InlineData("GET http://other/ HTTP/1.1\r\nHost: web\r\nA: b\r\n\r\n")]
    public void Rewrite_OfTheHost_IsTheOnlyHost(string request) =>
        Assert.Equal("GET / HTTP/1.1\r\nHost: new:81\r\nA: b\r\n\r\n", Policy.Forward("- {rewrite: {host: 'new:81'}}", request));

    [Fact]
    public void Rewrite_OfTheHost_GivesOneToHttp10() =>
        Assert.Equal("GET / HTTP/1.1\r\nHost: new\r\n\r\n", Policy.Forward("- {rewrite: {host: new}}", "GET / HTTP/1.0\r\n\r\n"));

    [Theory]
    [InlineData("path: /x", "/a?b", "/x?b")]
    [InlineData("prefix: /z", "/a/b?c", "/z/b?c")]
    [InlineData("prefix: /", "/a//evil.example/x", "/evil.example/x")]
    [InlineData("scheme: https", "/a?b", "https://web/a?b")]
    [InlineData("host: 'new:81'", "/a?b", "//new:81/a?b")]
    [InlineData("scheme: https, host: new, path: /x", "/a?b", "https://new/x?b")]
    [InlineData("host: new, prefix: /", "/a//evil.example", "//new//evil.example")]
    [InlineData("host: new, prefix: /", "/a", "//new/")]
    public void Redirect_SaysWhere(string redirect, string target, string location)
    {
        var request = Http1Kit.Accepted($"GET {target} HTTP/1.1\r\nHost: web:8080\r\n\r\n");
        PolicyChoice choice = default;
        Policy.Of($"- {{match: {{pathPrefix: /a}}, redirect: {{{redirect}}}}}")!.Choose(request, isSecured: false, ref choice);

        Assert.Equal((302, location), (choice.Redirect!.Status, choice.Redirect.Locate(request)));
    }

    [Fact]
    public void Redirect_ToASchemeOfNoHost_IsNone()
    {
        PolicyChoice choice = Policy.Choose("- {redirect: {scheme: https, status: 308}}");

        Assert.Null(choice.Redirect!.Locate(Http1Kit.Accepted("GET / HTTP/1.0\r\n\r\n")));
        Assert.Equal("https://[::1]/", choice.Redirect.Locate(Http1Kit.Accepted("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")));
    }

    [Theory]
    [InlineData("scheme: https", true, true)]
    [InlineData("scheme: https", false, false)]
    [InlineData("scheme: http", false, true)]
    [InlineData("scheme: https, host: WEB", true, true)]
    [InlineData("scheme: https, host: other", true, false)]
    [InlineData("scheme: https, path: /x", true, false)]
    public void Redirect_ToWhereTheRequestIs_IsNone(string redirect, bool isSecured, bool isNone)
    {
        PolicyChoice choice = Policy.Choose($"- {{redirect: {{{redirect}}}}}", isSecured: isSecured);

        Assert.Equal(isNone, choice.Redirect is null);
    }

    [Fact]
    public void Headers_AreTakenOutAndPutIn()
    {
        const string Rules = "- {headers: {request: {set: [{name: X-A, value: new}], add: [{name: x-b, value: more}], remove: [X-C]}}}";

        string sent = Policy.Forward(Rules, "GET / HTTP/1.1\r\nHost: web\r\nx-a: 1\r\nx-b: 2\r\nx-c: 3\r\nx-A: 4\r\nx-d: 5\r\n\r\n");

        Assert.Equal("GET / HTTP/1.1\r\nHost: web\r\nx-b: 2\r\nx-d: 5\r\nX-A: new\r\nx-b: more\r\n\r\n", sent);
    }

    private static string Query(string target) => target.Contains('?') ? target[target.IndexOf('?')..] : "";
}
