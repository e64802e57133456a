using System.Text.Json;
using Mesh.Node.Config;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>A loaded config as JSON: what was written, typed by the schema, nothing that is secret.</summary>
public sealed class ConfigJsonTests
{
    [Fact]
    public void Values_StandAsWritten_TypedByTheSchema()
    {
        MeshConfig config = Loading.Config("""
            admin: {port: "0"}
            namers: [{kind: fs, rootDir: "1"}]
            routers:
            - protocol: http
              label: 5
              dtab: |
                /svc => /a ;
              originator: "true"
              identifier: {kind: path, segments: 2}
              client: {loadBalancer: {kind: ewma, maxEffort: 3}}
              servers:
              - {port: 1, ip: 0.0.0.0, upgrades: [websocket], label: }
              -
            """);

        AssertJson("""
            {"admin":{"port":0},"namers":[{"kind":"fs","rootDir":"1"}],
            "routers":[{"protocol":"http","label":"5","dtab":"/svc => /a ;\n","originator":true,
            "identifier":{"kind":"path","segments":2},"client":{"loadBalancer":{"kind":"ewma","maxEffort":3}},
            "servers":[{"port":1,"ip":"0.0.0.0","upgrades":["websocket"]},null]}]}
            """, ConfigJson.Of(config));
    }

    [Fact]
    public void Assignments_Show()
    {
        MeshConfig config = Loading.Config("routers:\n- protocol: http\n  servers: [{port: 1}]\n", "routers.0.servers.0.port=2", "admin.port=0");

        AssertJson("""{"routers":[{"protocol":"http","servers":[{"port":2}]}],"admin":{"port":0}}""", ConfigJson.Of(config));
    }

    [Fact]
    public void PartsOfStaticKinds_AreTyped()
    {
        MeshConfig config = Loading.Config("routers:\n- protocol: http\n  servers: [{port: 1}]\n"
            + "  client: {kind: io.l5d.static, configs: [{prefix: /, connectTimeoutMs: '7'}]}\n");

        AssertJson("""
            {"routers":[{"protocol":"http","servers":[{"port":1}],
            "client":{"kind":"io.l5d.static","configs":[{"prefix":"/","connectTimeoutMs":7}]}}]}
            """, ConfigJson.Of(config));
    }

    [Fact]
    public void NumbersWithAPoint_AreNumbers()
    {
        MeshConfig config = Loading.Config(Loading.Minimal + "  client: {loadBalancer: {kind: p2c, panicThreshold: '0.25'}}\n"
            + "  service: {rateLimits: [{requestsPerSec: 0.5, burst: 2, caller: {kind: header, name: x-key}}]}\n");

        AssertJson("""
            {"routers":[{"protocol":"http","servers":[{"port":4140}],"client":{"loadBalancer":{"kind":"p2c","panicThreshold":0.25}},
            "service":{"rateLimits":[{"requestsPerSec":0.5,"burst":2,"caller":{"kind":"header","name":"x-key"}}]}}]}
            """, ConfigJson.Of(config));
    }

    [Fact]
    public void TelemetersOfOthers_ShowNoSecret_AndBareValuesAsYamlMeansThem()
    {
        MeshConfig config = Loading.Config("telemetry: [{kind: com.example.x, apiKey: abc, nested: {authToken: abc, size: 5, on: true, text: '5'}}]\n"
            + "routers: [{protocol: http, servers: [{port: 1}]}]\n");

        AssertJson("""
            {"telemetry":[{"kind":"com.example.x","apiKey":"********","nested":{"authToken":"********","size":5,"on":true,"text":"5"}}],
            "routers":[{"protocol":"http","servers":[{"port":1}]}]}
            """, ConfigJson.Of(config));
    }

    [Fact]
    public void KeyThatIsMarkedSecret_IsMasked()
    {
        var section = new Section<object?>(
            "s", "S.", [new TextKey("pin", null, "", "text", static _ => true, "A pin.") { Secret = true }], static _ => null);
        YamlNode tree = YamlReader.Read(new YamlSource("f", "pin: 1234\nport: 5\n"), new FaultList())!;

        AssertJson("""{"pin":"********","port":5}""", ConfigJson.Of(tree, section));
    }

    [Fact]
    public void AliasesOfALongText_DoNotMakeItEndless()
    {
        string text = $"usage:\n  a: &a {new string('x', 100_000)}\n  b:\n{string.Concat(Enumerable.Repeat("  - *a\n", 1000))}" + Loading.Minimal;

        string json = ConfigJson.Of(Loading.Config(text));

        Assert.InRange(json.Length, 1_000_000, 2 * ConfigJson.MaxCharacters);
    }

    [Fact]
    public void ConfigOfNoFile_IsEmpty() => Assert.Equal("{}", ConfigJson.Of(Loading.Config(Loading.Minimal) with { Source = null }));

    private static void AssertJson(string expected, string actual)
    {
        static string Plain(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json));
        Assert.Equal(Plain(expected), Plain(actual));
    }
}
