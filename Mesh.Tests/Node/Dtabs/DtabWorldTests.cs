using Mesh.Node.Config;
using Mesh.Node.Dtabs;
using Mesh.Routing.Dtabs;
using Xunit;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Dtabs;

/// <summary>Names of a config, bound without a node.</summary>
public sealed class DtabWorldTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-world");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("/svc => /$/io.buoyant.http.anyMethodPfx/host ; /host => /$/inet/1", "/svc/GET/a", "/$/inet/1[/a]")]
    [InlineData("/svc => /$/io.buoyant.hostportPfx/hp ; /hp => /$/inet", "/svc/h.example:80/x", "/$/inet/h.example/80[/x]")]
    [InlineData("/ph => /$/io.buoyant.rinet ; /svc => /ph/80 ; /svc => /$/io.buoyant.porthostPfx/ph", "/svc/h:90", "/$/io.buoyant.rinet/90/h")]
    [InlineData("/ph => /$/io.buoyant.rinet ; /svc => /ph/80 ; /svc => /$/io.buoyant.porthostPfx/ph", "/svc/h", "/$/io.buoyant.rinet/80/h")]
    [InlineData("/svc => /$/io.buoyant.rinet/http", "/svc/h", "error: ")]
    public Task BuiltInNamers_AreThere(string dtab, string path, string bound) => Binds([], [], dtab, path, bound);

    [Fact]
    public Task RewriteNamers_AreThere() => Binds(
        [new RewriteNamerConfig("rw", [], "/{service}/{version}", "/host/{version}-{service}")],
        [],
        "/svc => /#/rw ; /host => /$/inet/1",
        "/svc/web/v2/rest",
        "/$/inet/1[/v2-web]");

    [Fact]
    public Task TransformersOfANamer_ChangeWhatItFinds_AndFallThroughWhereNothingIsLeft()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "here"), "127.0.0.1 80\n");
        File.WriteAllText(Path.Combine(_folder.FullName, "there"), "192.0.2.7 80\n");
        TransformerConfig[] transformers = [new LocalhostTransformerConfig("io.l5d.localhost"), new PortTransformerConfig("io.l5d.port/4141", 4141)];
        NamerConfig files = new FsNamerConfig("fs", [.. transformers], _folder.FullName);
        const string Dtab = "/svc => /#/fs | /$/inet/1";

        return Task.WhenAll(
            Binds([files], [], Dtab, "/svc/here/x", "/%/io.l5d.port/4141/%/io.l5d.localhost/#/fs/here[/x]"),
            Binds([files], [], Dtab, "/svc/there", "/$/inet/1[/there]"));
    }

    [Fact]
    public Task TransformersOfAnInterpreter_ChangeWhatIsBound() => Binds(
        [],
        [new PortTransformerConfig("io.l5d.port/4141", 4141), new ReplaceTransformerConfig("io.l5d.replace", "/$/inet/127.1/7")],
        "/svc => 2 * /$/inet/1 & /$/nil",
        "/svc/web",
        "2.00*/%/io.l5d.replace/$/inet/127.1/7 & $");

    private static async Task Binds(NamerConfig[] namers, TransformerConfig[] transformers, string dtab, string path, string bound)
    {
        using var world = new DtabWorld([.. namers], [.. transformers], TimeProvider.System, TextWriter.Null);
        var evaluator = new DtabEvaluator(Dtab.Parse(dtab), world, TimeProvider.System);

        BindResult result = await evaluator.BindAsync(NamePath.Parse(path), Dtab.Empty, CancellationToken.None);

        Assert.StartsWith(bound, LineAnswers.TextOf(result), StringComparison.Ordinal);
    }
}
