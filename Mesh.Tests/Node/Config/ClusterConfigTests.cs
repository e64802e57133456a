using Mesh.Actors.Downing;
using Mesh.Actors.Journals;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>The keys <c>cluster</c> and <c>journal</c>: what they become, and what of them cannot be meant.</summary>
public sealed class ClusterConfigTests
{
    private const string Seeds = "seeds: ['10.0.0.1:4150', '10.0.0.2:4150', '10.0.0.3:4150']";

    [Fact]
    public void NoCluster_IsANodeForItself()
    {
        MeshConfig config = Loading.Config(Loading.Minimal);

        Assert.Null(config.Cluster);
        Assert.Null(config.Journal);
    }

    [Fact]
    public void EmptyCluster_IsACoreNodeThatFoundsAClusterOfOneOnThisMachine()
    {
        ConfigResult result = Loading.Load(Loading.Minimal + "cluster: {}\n");

        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
        ClusterConfig cluster = result.Config!.Cluster!;
        Assert.Equal(("mesh", "127.0.0.1", 4150, 1), (cluster.Name, cluster.Ip.ToString(), cluster.Port, cluster.BootstrapExpect));
        Assert.Equal(["core"], cluster.Roles.AsEnumerable());
        Assert.NotEmpty(cluster.Node);
        Assert.Empty(cluster.Seeds);
        Assert.Null(cluster.Advertise);
        Assert.Null(cluster.SeedDns);
        Assert.Null(cluster.Tls);
        Assert.Null(cluster.Directory);
        Assert.False(cluster.Insecure);
        Assert.Equal(new DowningConfig(DowningStrategy.KeepMajority, 0, null, true, false), cluster.Downing);
    }

    [Fact]
    public void EveryKey_ReachesItsRecord()
    {
        const string Text = """
            cluster:
              name: shop
              node: n1
              ip: 10.0.0.1
              port: 5000
              advertise: "[fd00::1]:5001"
              roles: [zone-a, core, zone-a]
              seeds: [10.0.0.1, 'node-2.internal:4151']
              seedDns: mesh.internal:4152
              bootstrapExpect: 3
              insecure: true
              directory: /var/lib/mesh/n1
              downing: {strategy: static-quorum, quorumSize: 2, stableAfterMs: 9000, downIfAlone: false, downAllWhenUnstable: true}
            journal: {kind: postgresql, connectionString: Host=db, schema: mesh_1}

            """;

        MeshConfig config = Loading.Config(Text + Loading.Minimal);

        ClusterConfig cluster = config.Cluster!;
        Assert.Equal(("shop", "n1", "10.0.0.1", 5000), (cluster.Name, cluster.Node, cluster.Ip.ToString(), cluster.Port));
        Assert.Equal(new HostPort("fd00::1", 5001), cluster.Advertise);
        Assert.Equal(["core", "zone-a"], cluster.Roles.AsEnumerable());
        Assert.Equal([new HostPort("10.0.0.1", ClusterConfig.DefaultPort), new HostPort("node-2.internal", 4151)], cluster.Seeds.AsEnumerable());
        Assert.Equal(new HostPort("mesh.internal", 4152), cluster.SeedDns);
        Assert.Equal((3, true, "/var/lib/mesh/n1"), (cluster.BootstrapExpect, cluster.Insecure, cluster.Directory));
        Assert.Equal(new DowningConfig(DowningStrategy.StaticQuorum, 2, 9000, false, true), cluster.Downing);
        Assert.Equal(new JournalConfig(JournalKind.Postgresql, "Host=db", "mesh_1"), config.Journal);
    }

    [Fact]
    public void NodeWithSeedsThatSaysNoNumber_OnlyJoins()
    {
        MeshConfig config = Loading.Config(Loading.Minimal + $"cluster: {{roles: [edge], {Seeds}}}\n");

        Assert.Equal(0, config.Cluster!.BootstrapExpect);
    }

    [Theory]
    [InlineData("{ip: 10.0.0.1}", "f:5:15: `ip` is 10.0.0.1 and there is no `tls`", "write `insecure: true`")]
    [InlineData("{ip: 0.0.0.0, insecure: true}", "f:5:15: `ip` is every address, which is none that others can reach", "`advertise`")]
    [InlineData("{ip: '::', insecure: true}", "f:5:15: `ip` is every address", "`advertise`")]
    [InlineData("{roles: [edge], bootstrapExpect: 1, seedDns: core}", "f:5:43: `bootstrapExpect` founds a cluster of core nodes", "remove it")]
    [InlineData("{roles: [edge]}", "f:5:18: a node without the role `core` can only join", "`seeds`")]
    [InlineData("{bootstrapExpect: 3}", "f:5:28: `bootstrapExpect` waits for other core nodes and `seeds` names none", "name them")]
    [InlineData("{bootstrapExpect: 16}", "f:5:28: `bootstrapExpect` is `16`", "from 0 to 15")]
    [InlineData("{name: a/b}", "f:5:17: `name` is `a/b`", "letters, digits")]
    [InlineData("{node: a b}", "f:5:17: `node` is `a b`", "letters, digits")]
    [InlineData("{roles: []}", "f:5:18: `roles` is empty", "")]
    [InlineData("{advertise: 'a:b'}", "f:5:22: `advertise` is `a:b`", "a host and a port such as")]
    [InlineData("{advertise: 'a:0'}", "f:5:22: `advertise` is `a:0`", "")]
    [InlineData("{advertise: '[10.0.0]:1'}", "f:5:22: `advertise` is `[10.0.0]:1`", "")]
    [InlineData("{advertise: '[10.0.0.1]:1'}", "f:5:22: `advertise` is `[10.0.0.1]:1`", "`[fd00::1]:4150`")]
    [InlineData("{seeds: ['a b'], bootstrapExpect: 1}", "f:5:19: `seeds` is `a b`", "a host and a port such as")]
    [InlineData("{directory: ''}", "f:5:22: `directory` is", "a path")]
    [InlineData("{tls: {certPath: a, caCertPath: a}}", "f:5:16: `tls` needs `keyPath`", "")]
    [InlineData("{downing: {strategy: static-quorum}}", "f:5:31: `strategy: static-quorum` and `quorumSize` belong together", "both or neither")]
    [InlineData("{downing: {strategy: keep-oldest, quorumSize: 2}}", "f:5:31: `strategy: static-quorum` and `quorumSize`", "")]
    [InlineData("{downing: {strategy: keep-youngest}}", "f:5:31: `strategy` is `keep-youngest`", "`keep-majority`")]
    [InlineData("{downing: {stableAfterMs: 10}}", "f:5:36: `stableAfterMs` is `10`", "from 1000")]
    [InlineData("{port: 4140}", "f:4:11: 127.0.0.1:4140 is already the address of `cluster` (5:17)", "another `port`")]
    public void WhatCannotBeMeant_IsOneFault(string cluster, string begins, string alsoSays)
    {
        string[] faults = Loading.Faults(Loading.Minimal + $"cluster: {cluster}\n");

        Assert.StartsWith(begins, faults[0], StringComparison.Ordinal);
        Assert.Contains(alsoSays, faults[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{" + Seeds + "}", "f:5:18: warning: `seeds` without `bootstrapExpect`: this node joins a cluster and never founds one")]
    [InlineData("{" + Seeds + ", bootstrapExpect: 4}", "f:5:88: warning: `bootstrapExpect` is 4: an even number of votes")]
    public void WhatIsHardlyMeant_LoadsWithAWarning(string cluster, string begins)
    {
        ConfigResult result = Loading.Load(Loading.Minimal + $"cluster: {cluster}\n");

        Assert.NotNull(result.Config);
        Assert.StartsWith(begins, Assert.Single(Loading.Lines(result.Warnings)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cluster: {}\njournal: {kind: sqlite}\n", JournalKind.Sqlite)]
    [InlineData("cluster: {}\njournal: {kind: quorum}\n", JournalKind.Quorum)]
    [InlineData("cluster: {roles: [edge], " + Seeds + "}\njournal: {kind: sqlite}\n", JournalKind.Sqlite)]
    public void Journal_IsOfItsKind(string text, JournalKind kind)
    {
        MeshConfig config = Loading.Config(Loading.Minimal + text);

        Assert.Equal(new JournalConfig(kind, null, JournalSettings.DefaultSchema), config.Journal);
    }

    [Theory]
    [InlineData("journal: {kind: sqlite}\n", "f:5:10: `journal` keeps what a cluster decides, and there is no `cluster`")]
    [InlineData("journal: {kind: paper}\ncluster: {}\n", "f:5:17: unknown kind `paper` for a journal")]
    [InlineData("journal: {kind: postgresql}\ncluster: {}\n", "f:5:10: journal `postgresql` needs `connectionString`")]
    [InlineData("journal: {kind: postgresql, connectionString: Host=db, schema: A}\ncluster: {}\n", "f:5:64: `schema` is `A`")]
    [InlineData("journal: {kind: quorum, schema: a}\ncluster: {}\n", "f:5:25: unknown key `schema` in journal `quorum`")]
    [InlineData(
        "journal: {kind: sqlite}\ncluster: {bootstrapExpect: 3, " + Seeds + "}\n", "f:5:10: `kind: sqlite` is one node's own file")]
    public void JournalThatWouldLoseEvents_IsAFault(string text, string begins)
    {
        string fault = Assert.Single(Loading.Faults(Loading.Minimal + text));

        Assert.StartsWith(begins, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ConnectionString_IsMaskedWhereTheConfigIsShown()
    {
        MeshConfig config = Loading.Config(
            Loading.Minimal + "cluster: {}\njournal: {kind: postgresql, connectionString: Host=db;Password=hush}\n");

        Assert.DoesNotContain("hush", ConfigJson.Of(config), StringComparison.Ordinal);
    }

    [Fact]
    public void ANamespacesInterpreter_ReachesItsRecord()
    {
        MeshConfig named = Loading.Config(Loading.Minimal + "  interpreter: {kind: io.mesh.routes, namespace: shop}\ncluster: {}\n");
        MeshConfig plain = Loading.Config(Loading.Minimal + "  interpreter: {kind: io.mesh.routes}\ncluster: {}\n");

        Assert.Equal("shop", Assert.IsType<RoutesInterpreterConfig>(named.Routers[0].Interpreter).Namespace);
        Assert.Equal("default", Assert.IsType<RoutesInterpreterConfig>(plain.Routers[0].Interpreter).Namespace);
    }

    [Theory]
    [InlineData("  interpreter: {kind: io.mesh.routes}\n", "add a `cluster:` section (`cluster: {node: n1}` is a cluster of one)")]
    [InlineData("  interpreter: {kind: io.mesh.routes, namespace: 'a b'}\ncluster: {}\n", "`namespace` is `a b`")]
    public void ANamespacesInterpreter_NeedsAClusterAndAGoodName(string text, string fault)
    {
        ConfigResult result = Loading.Load(Loading.Minimal + text);

        Assert.Contains(fault, Assert.Single(result.Faults).ToString(), StringComparison.Ordinal);
    }
}
