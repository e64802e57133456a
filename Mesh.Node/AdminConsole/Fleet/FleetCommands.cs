using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Actors.Membership;

namespace Mesh.Node.AdminConsole.Fleet;

/// <summary>Commands that may be asked of other nodes too: <c>--node</c> one of them, <c>--all</c> every one.</summary>
internal static class FleetCommands
{
    private static readonly ConsoleOption s_node = new("--node", "NODE", "as that node answers it; by name or address")
    {
        Values = ConsoleValues.Nodes,
    };

    private static readonly ConsoleOption s_all = new("--all", null, "as every node answers it");

    /// <param name="commands">Of this node; each tells and ends.</param>
    /// <param name="fleet">Null: the node has no cluster, and they stay as they are.</param>
    public static IEnumerable<ConsoleCommand> Of(IEnumerable<ConsoleCommand> commands, FleetConsole? fleet) =>
        fleet is null ? commands : commands.Select(command => Of(command, fleet));

    private static ConsoleCommand Of(ConsoleCommand command, FleetConsole fleet)
    {
        ConsoleCommand here = command with { IsForFleet = true };
        ConsoleCommand wide = here with { Options = [.. command.Options, s_node, s_all] };
        return wide with
        {
            Run = (call, cancel) => call.Has(s_node.Name) || call.Has(s_all.Name) ? AskAsync(call, fleet, cancel) : here.Run(call, cancel),
        };
    }

    private static async IAsyncEnumerable<ConsoleAnswer> AskAsync(
        ConsoleCall call, FleetConsole fleet, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        bool isOne = call.Find(s_node.Name) is { };
        if (isOne && call.Has(s_all.Name)) throw new ConsoleRefusal(ConsoleStatus.BadInput, "--node or --all, not both");
        ImmutableArray<Member> members = fleet.Find(call.Find(s_node.Name) ?? "*");
        ImmutableArray<string> words = call.WordsWithout(s_node.Name, s_all.Name);

        ImmutableArray<NodeReply> replies = await fleet.AskAsync(members, new ConsoleQuestion(words, call.IsJson), cancel).ConfigureAwait(false);
        yield return isOne ? One(replies[0], call.IsJson) : All(replies, members.Length);
    }

    /// <summary>As if that node had been asked itself.</summary>
    internal static ConsoleAnswer One(NodeReply one, bool isJson)
    {
        if (one.Reply is not { } reply) throw new ConsoleRefusal(ConsoleStatus.Unavailable, $"{one.Node} at {one.Address}: {one.WhyNot}");
        if (reply.IsRefusal) throw new ConsoleRefusal(reply.Status, $"{one.Node}: {reply.Text}");
        return new ConsoleAnswer(
            text => text.Write(isJson ? "" : reply.Text),
            json => json.WriteRawValue(isJson ? reply.Text : "null")) { Status = reply.Status };
    }

    /// <summary>Each node's answer below its name; who did not answer is named at the end.</summary>
    internal static ConsoleAnswer All(ImmutableArray<NodeReply> replies, int members)
    {
        NodeReply[] silent = [.. replies.Where(static each => each.Reply is null)];
        return new ConsoleAnswer(
            writer =>
            {
                foreach (NodeReply each in replies.Where(static each => each.Reply is not null))
                {
                    writer.WriteLine($"== {each.Node} | {each.Address}");
                    writer.WriteLine(each.Reply!.Text.TrimEnd('\n'));
                }

                foreach (NodeReply each in silent) writer.WriteLine($"no answer: {each.Node} | {each.Address} | {each.WhyNot}");
                writer.WriteLine($"Count: {replies.Length - silent.Length} of {members} nodes answered");
            },
            json => WriteAll(json, replies, members))
        {
            Status = silent.Length == replies.Length ? ConsoleStatus.Unavailable : ConsoleStatus.Done,
        };
    }

    private static void WriteAll(Utf8JsonWriter json, ImmutableArray<NodeReply> replies, int members)
    {
        json.WriteStartObject();
        json.WriteNumber("members", members);
        json.WriteStartArray("nodes");
        foreach (NodeReply each in replies)
        {
            json.WriteStartObject();
            json.WriteString("node", each.Node);
            json.WriteString("address", each.Address);
            if (each.Reply is { IsRefusal: false } reply)
            {
                json.WritePropertyName("answer");
                json.WriteRawValue(reply.Text);
            }
            else
            {
                json.WriteString("error", each.Reply?.Text ?? each.WhyNot);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
