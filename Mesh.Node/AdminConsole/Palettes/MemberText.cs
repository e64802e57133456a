using System.Globalization;
using System.Text.Json;
using Mesh.Actors;
using Mesh.Actors.Membership;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary>Members and their events as pbm prints them: scripts read these lines.</summary>
internal static class MemberText
{
    /// <summary>
    /// <c>mesh://mesh@10.0.0.5:4150 | [core] | up |  | 1.0.0</c>, the fourth column <c>unreachable</c> where it is; the name behind it is ours.
    /// </summary>
    public static string Line(Member member, ClusterState state)
    {
        string reachable = state.IsReachable(member.UniqueAddress) ? "" : "unreachable";
        return $"{member.Address} | [{member.Roles}] | {Word(member.Status)} | {reachable} | {Version(member)} | {member.Name}";
    }

    /// <summary>Without the commit that a build adds behind a plus; JSON has all of it.</summary>
    private static string Version(Member member) => member.AppVersion.Split('+')[0];

    public static void Write(Utf8JsonWriter json, Member member, ClusterState state)
    {
        json.WriteStartObject();
        json.WriteString("address", member.Address.ToString());
        json.WriteString("uid", Uid(member.UniqueAddress));
        json.WriteString("name", member.Name);
        json.WriteStartArray("roles");
        foreach (string role in member.Roles) json.WriteStringValue(role);
        json.WriteEndArray();
        json.WriteString("status", Word(member.Status));
        json.WriteBoolean("reachable", state.IsReachable(member.UniqueAddress));
        json.WriteBoolean("leader", member.UniqueAddress == state.Leader);
        if (member.UpNumber != Member.NotUp) json.WriteNumber("up_number", member.UpNumber);
        json.WriteString("version", member.AppVersion);
        json.WriteEndObject();
    }

    /// <summary><c>MemberUp | mesh://mesh@10.0.0.5:4150 | [core] | up</c>.</summary>
    public static ConsoleAnswer Event(ClusterEvent change)
    {
        string name = change.GetType().Name;
        (string what, Member? member) = change switch
        {
            ClusterEvent.MemberEvent each => ($"{each.Member.Address} | [{each.Member.Roles}] | {Word(each.Member.Status)}", each.Member),
            ClusterEvent.UnreachableMember each => ($"{each.Member.Address} | [{each.Member.Roles}] | {Word(each.Member.Status)}", each.Member),
            ClusterEvent.ReachableMember each => ($"{each.Member.Address} | [{each.Member.Roles}] | {Word(each.Member.Status)}", each.Member),
            ClusterEvent.LeaderChanged each => (each.Leader?.Address.ToString() ?? "none", null),
            ClusterEvent.SelfRemoved each => (each.Reason, (Member?)null),
            _ => ("", null),
        };
        return new ConsoleAnswer(
            text => text.WriteLine($"{name} | {what}"),
            json =>
            {
                json.WriteStartObject();
                json.WriteString("event", name);
                if (member is null) json.WriteString("detail", what);
                else
                {
                    json.WriteString("address", member.Address.ToString());
                    json.WriteString("uid", Uid(member.UniqueAddress));
                    json.WriteString("status", Word(member.Status));
                }

                json.WriteEndObject();
            });
    }

    /// <summary>What events go on from, under the name of Akka's own: it also tells a console at once that it is heard.</summary>
    public static ConsoleAnswer Snapshot(ClusterState state)
    {
        string detail = string.Create(
            CultureInfo.InvariantCulture,
            $"members: {state.Members.Length}, unreachable: {state.Unreachable.Length}, leader: {state.Leader?.Address.ToString() ?? "none"}");
        return new ConsoleAnswer(
            text => text.WriteLine($"CurrentClusterState | {detail}"),
            json =>
            {
                json.WriteStartObject();
                json.WriteString("event", "CurrentClusterState");
                json.WriteString("detail", detail);
                json.WriteEndObject();
            });
    }

    public static string Uid(UniqueAddress node) => node.Uid.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>As pbm writes them: <c>up</c>, <c>weaklyup</c>.</summary>
    public static string Word(MemberStatus status) => status.ToString().ToLowerInvariant();
}
