using System.Text.Json;
using Mesh.Actors.Clustering;
using Mesh.Actors.Sharding;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>cluster-sharding ..</c>: who runs which entities, as the types' coordinators see it.</summary>
internal static class ShardingPalette
{
    private static readonly ConsoleOption s_region = new("-r", "TYPE", "the entity type") { Required = true, Values = ConsoleValues.EntityTypes };
    private static readonly ConsoleOption s_entity = new("-e", "ENTITY", "the entity's id") { Required = true };
    private static readonly ConsoleOption s_mode = new("-m", "MODE", "on, off, or now for one round at once; without it, only tells");

    public static IEnumerable<ConsoleCommand> Commands(Func<Cluster> cluster) =>
    [
        ConsoleCommand.Once("cluster-sharding list", "the entity types of this node", async (_, _) =>
            Types(await cluster().ShardTypes().ConfigureAwait(false))),
        ConsoleCommand.Once("cluster-sharding regions", "the nodes that run a type, with their shards and entities",
            async (call, _) => Regions(await Describe(cluster(), call).ConfigureAwait(false))) with
        {
            Options = [s_region],
            Example = "cluster-sharding regions -r routes",
        },
        ConsoleCommand.Once("cluster-sharding shards", "the shards of a type: owner, epoch, stage",
            async (call, _) => Shards(await Describe(cluster(), call).ConfigureAwait(false))) with
        {
            Options = [s_region],
            Example = "cluster-sharding shards -r routes",
        },
        ConsoleCommand.Once("cluster-sharding locate", "where an entity lives, or would",
            (call, _) => LocateAsync(cluster(), call)) with
        {
            Options = [s_region, s_entity],
            Example = "cluster-sharding locate -r routes -e web",
        },
        ConsoleCommand.Once("cluster-sharding rebalance", "turns rebalancing on or off until the coordinator changes, or orders a round",
            (call, _) => RebalanceAsync(cluster(), call)) with
        {
            Options = [s_region, s_mode with { Required = true }],
            Mutates = true,
            Example = "cluster-sharding rebalance -r routes -m now",
        },
    ];

    private static async Task<ShardingInfo> Describe(Cluster cluster, ConsoleCall call) =>
        await Asked(() => cluster.Sharding.Describe(call.Find(s_region.Name)!)).ConfigureAwait(false);

    private static ConsoleAnswer Types(IReadOnlyList<string> types) => ConsoleAnswer.Lines(types) with
    {
        WriteText = text =>
        {
            foreach (string type in types) text.WriteLine(type);
            text.WriteLine($"Count: {types.Count} types");
        },
    };

    private static ConsoleAnswer Regions(ShardingInfo info) => new(
        text =>
        {
            foreach (RegionInfo region in info.Regions)
            {
                string mark = region.Node == info.Coordinator ? " [coordinator]" : "";
                string state = region.Draining ? " | draining" : region.Hosts ? "" : " | proxy";
                text.WriteLine($"{region.Node.Address}{mark}{state} | shards: {region.Shards} | entities: {region.Entities}");
            }

            text.WriteLine($"Count: {info.Regions.Length} regions, term {info.Term}, rebalancing {(info.Rebalancing ? "on" : "off")}");
        },
        json => Write(json, info, () =>
        {
            json.WriteStartArray("regions");
            foreach (RegionInfo region in info.Regions)
            {
                json.WriteStartObject();
                json.WriteString("address", region.Node.Address.ToString());
                json.WriteBoolean("coordinator", region.Node == info.Coordinator);
                json.WriteBoolean("hosts", region.Hosts);
                json.WriteBoolean("draining", region.Draining);
                json.WriteNumber("shards", region.Shards);
                json.WriteNumber("entities", region.Entities);
                json.WriteNumber("silent_ms", (long)region.Silent.TotalMilliseconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));

    private static ConsoleAnswer Shards(ShardingInfo info) => new(
        text =>
        {
            foreach (ShardInfo shard in info.Shards) text.WriteLine(Line(shard));
            text.WriteLine($"Count: {info.Shards.Length} shards, term {info.Term}");
        },
        json => Write(json, info, () =>
        {
            json.WriteStartArray("shards");
            foreach (ShardInfo shard in info.Shards) Write(json, shard);
            json.WriteEndArray();
        }));

    private static async Task<ConsoleAnswer> LocateAsync(Cluster cluster, ConsoleCall call)
    {
        EntityLocation found = await Asked(() => cluster.Sharding.Locate(call.Find(s_region.Name)!, call.Find(s_entity.Name)!)).ConfigureAwait(false);
        return new ConsoleAnswer(
            text => text.WriteLine(found.Home is { } home
                ? $"{found.EntityId} | {Line(home)}"
                : $"{found.EntityId} | {found.Shard} | nobody asked for it yet"),
            json =>
            {
                json.WriteStartObject();
                json.WriteString("entity", found.EntityId);
                json.WriteNumber("shard", found.Shard);
                json.WritePropertyName("home");
                if (found.Home is { } home) Write(json, home);
                else json.WriteNullValue();
                json.WriteEndObject();
            });
    }

    private static async Task<ConsoleAnswer> RebalanceAsync(Cluster cluster, ConsoleCall call)
    {
        RebalanceMode mode = call.Find(s_mode.Name) switch
        {
            "on" => RebalanceMode.On,
            "off" => RebalanceMode.Off,
            "now" => RebalanceMode.Now,
            var other => throw new ConsoleRefusal(ConsoleStatus.BadInput, $"-m is `{other}`; it must be on, off or now"),
        };
        string type = call.Find(s_region.Name)!;
        await Asked(() => cluster.Sharding.Rebalance(type, mode)).ConfigureAwait(false);
        return ConsoleAnswer.Line($"{type}: rebalancing {call.Find(s_mode.Name)}");
    }

    private static async Task<T> Asked<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (ArgumentException fault)
        {
            throw new ConsoleRefusal(ConsoleStatus.No, $"{fault.Message.Split(" (Parameter")[0]}; `cluster-sharding list` names the types");
        }
        catch (TimeoutException fault)
        {
            throw new ConsoleRefusal(ConsoleStatus.Unavailable, fault.Message);
        }
    }

    private static string Line(ShardInfo shard)
    {
        string owner = shard.Owner?.Address.ToString() ?? "nobody";
        return $"{shard.Shard} | {owner} | {shard.Stage.ToString().ToLowerInvariant()} | epoch: {shard.Epoch} | entities: {shard.Entities}";
    }

    private static void Write(Utf8JsonWriter json, ShardInfo shard)
    {
        json.WriteStartObject();
        json.WriteNumber("shard", shard.Shard);
        json.WriteString("owner", shard.Owner?.Address.ToString());
        json.WriteString("stage", shard.Stage.ToString().ToLowerInvariant());
        json.WriteNumber("epoch", shard.Epoch);
        json.WriteNumber("entities", shard.Entities);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ShardingInfo info, Action rest)
    {
        json.WriteStartObject();
        json.WriteString("type", info.TypeName);
        json.WriteString("coordinator", info.Coordinator.Address.ToString());
        json.WriteNumber("term", info.Term);
        json.WriteBoolean("rebalancing", info.Rebalancing);
        rest();
        json.WriteEndObject();
    }
}
