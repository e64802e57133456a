using System.Text.Json;
using Mesh.Node.Dtabs;
using Xunit;

namespace Mesh.Tests.Node.Dtabs;

/// <summary>What is told of a delegation tree, and which alternative a request gets.</summary>
public sealed class DelegationTextTests
{
    [Theory]
    [InlineData("""{"type":"neg","path":"/a"}""", "binds to nothing: ~")]
    [InlineData("""{"type":"fail","path":"/a"}""", "binds to nothing: !")]
    [InlineData("""{"type":"empty","path":"/a"}""", "binds to nothing: $")]
    [InlineData("""{"type":"exception","path":"/a","message":"too deep"}""", "does not bind: too deep")]
    [InlineData("""{"type":"delegate","path":"/a","delegate":{"type":"neg","path":"/b"}}""", "binds to nothing: ~")]
    [InlineData("""{"type":"alt","path":"/a","alt":[{"type":"neg","path":"/b"},LEAF]}""", "bound: /#/x[/r]")]
    [InlineData("""{"type":"alt","path":"/a","alt":[NONE,LEAF]}""", "bound: /#/x[/r]")]
    [InlineData("""{"type":"alt","path":"/a","alt":[NONE,{"type":"neg","path":"/b"}]}""", "bound: /#/none")]
    [InlineData("""{"type":"alt","path":"/a","alt":[{"type":"exception","path":"/b","message":"bad"},LEAF]}""", "does not bind: bad")]
    [InlineData("""{"type":"union","path":"/a","union":[{"weight":0.9,"tree":LEAF},{"weight":0.1,"tree":NONE}]}""", "bound: 0.90*/#/x[/r]")]
    [InlineData("""{"type":"transformation","path":"/a","name":"port","tree":LEAF}""", "bound: /#/x[/r]")]
    public void Ends_WithWhatARequestGets(string json, string end)
    {
        const string Addr = """{"type":"bound","addrs":[{"ip":"1.2.3.4","port":5}]}""";
        const string Leaf = """{"type":"leaf","path":"/x","bound":{"id":"/#/x","path":"/r","addr":""" + Addr + "}}";
        const string None = """{"type":"leaf","path":"/y","bound":{"id":"/#/none","path":"/","addr":{"type":"neg"}}}""";

        (string text, bool isBound) = Of(json.Replace("LEAF", Leaf, StringComparison.Ordinal).Replace("NONE", None, StringComparison.Ordinal));

        Assert.EndsWith($"\n\n{end}\n", text, StringComparison.Ordinal);
        Assert.Equal(end.StartsWith("bound", StringComparison.Ordinal), isBound);
    }

    [Fact]
    public void ShowsEachNode_WithTheRuleThatLedThere()
    {
        (string text, _) = Of(
            """
            {"type":"delegate","path":"/svc/a","delegate":{"type":"leaf","path":"/#/fs/a","dentry":{"prefix":"/svc","dst":"/#/fs"},
             "bound":{"id":"/#/fs/a","path":"/","addr":{"type":"bound","addrs":[{"ip":"1.2.3.4","port":5},{"ip":"1.2.3.5","port":6}]}}}}
            """);

        Assert.Equal("/svc/a\n  /svc => /#/fs: /#/fs/a: bound, 1.2.3.4:5, 1.2.3.5:6\n\nbound: /#/fs/a\n", text);
    }

    private static (string Text, bool IsBound) Of(string json)
    {
        using JsonDocument tree = JsonDocument.Parse(json);
        return DelegationText.Of(tree.RootElement);
    }
}
