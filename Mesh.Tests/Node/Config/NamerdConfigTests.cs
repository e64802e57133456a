using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>The keys of <c>io.l5d.namerd.http</c>, which are Linkerd's.</summary>
public sealed class NamerdConfigTests
{
    [Fact]
    public void ReadsLinkerdsKeys_WithItsDefaults()
    {
        NamerdInterpreterConfig plain = Read("dst: /$/inet/localhost/4180, experimental: true");
        NamerdInterpreterConfig full = Read(
            "dst: /$/inet/::1/4181, namespace: web, retry: {baseSeconds: 1, maxSeconds: 2}, transformers: [{kind: io.l5d.port, port: 1}]");

        Assert.Equal(new NamerdInterpreterConfig([], new Uri("http://localhost:4180/"), "default", 5, 600), plain);
        Assert.Equal(new NamerdInterpreterConfig(full.Transformers, new Uri("http://[::1]:4181/"), "web", 1, 2), full);
        Assert.Single(full.Transformers);
    }

    [Fact]
    public void TlsIsThatOfClients()
    {
        Assert.Null(Read("dst: /$/inet/a/1").Tls);
        Assert.Equal("namerd", Read("dst: /$/inet/a/1, tls: {commonName: namerd}").Tls!.CommonName);
        Assert.Null(Read("dst: /$/inet/a/1, tls: {enabled: false, commonName: namerd}").Tls);
    }

    [Theory]
    [InlineData("dst: /#/io.l5d.fs/namerd", "`dst` is `/#/io.l5d.fs/namerd`; it must be `/$/inet/HOST/PORT`")]
    [InlineData("dst: namerd", "`dst` is `namerd`")]
    [InlineData("dst: /$/inet/a/0", "`dst` is `/$/inet/a/0`")]
    [InlineData("namespace: web", "needs `dst`")]
    [InlineData("dst: /$/inet/a/1, namespace: a/b", "`namespace` is `a/b`")]
    [InlineData("dst: /$/inet/a/1, retry: {baseSeconds: 9, maxSeconds: 8}", "`baseSeconds` (9) is more than `maxSeconds` (8)")]
    [InlineData("dst: /$/inet/a/1, tls: {}", "`tls` has no `commonName`")]
    [InlineData("dst: /$/inet/a/1, root: /default", "unknown key `root`")]
    public void TellsWhatCannotBe(string keys, string fault) => Assert.Contains(
        fault, Assert.Single(Loading.Faults(Loading.Minimal + $"  interpreter: {{kind: io.l5d.namerd.http, {keys}}}\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("io.l5d.namerd")]
    [InlineData("io.l5d.mesh")]
    public void ItsOtherTongues_NameThisOne(string kind) => Assert.Contains(
        "`io.l5d.namerd.http` asks its interface io.l5d.httpController",
        Assert.Single(Loading.Faults(Loading.Minimal + $"  interpreter: {{kind: {kind}, dst: /$/inet/a/1}}\n")),
        StringComparison.Ordinal);

    private static NamerdInterpreterConfig Read(string keys) => Assert.IsType<NamerdInterpreterConfig>(
        Loading.Config(Loading.Minimal + $"  interpreter: {{kind: io.l5d.namerd.http, {keys}}}\n").Routers[0].Interpreter);
}
