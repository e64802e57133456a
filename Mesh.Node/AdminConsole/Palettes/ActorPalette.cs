using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Mesh.Actors;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>actor ..</c>: the actors of the node that is asked.</summary>
internal static class ActorPalette
{
    /// <summary>Levels that pbm shows by default.</summary>
    private const int DefaultDepth = 4;

    private static readonly ConsoleOption s_depth = new("-d", "DEPTH", "levels shown below the start, 4 unless given");
    private static readonly ConsoleOption s_start = new("-s", "PATH", "where to start, such as /user; the root unless given");

    /// <param name="systems">Of the node, then of its place in the cluster; asked at each call.</param>
    public static IEnumerable<ConsoleCommand> Commands(Func<IReadOnlyList<ActorSystem>> systems) =>
    [
        ConsoleCommand.Once(
            "actor hierarchy", "the tree of actors, with mailboxes and restarts", (call, _) => Task.FromResult(Hierarchy(call, systems())))
            with { Options = [s_depth, s_start], Example = "actor hierarchy -s /user -d 2" },
        ConsoleCommand.Once("actor system", "the actor systems in numbers", (_, _) => Task.FromResult(Systems(systems()))),
    ];

    private static ConsoleAnswer Hierarchy(ConsoleCall call, IReadOnlyList<ActorSystem> systems)
    {
        int depth = call.Number(s_depth.Name, DefaultDepth, 0, ActorPath.MaxDepth);
        string start = (call.Find(s_start.Name) ?? "/").TrimEnd('/');
        ImmutableArray<ActorInfo> all = [.. systems.SelectMany(system => Below(system, start))];
        if (all.IsEmpty) throw new ConsoleRefusal(ConsoleStatus.No, $"no actor at `{start}`; `actor hierarchy` shows those there are");
        int top = Level(all[0].Path);
        ImmutableArray<ActorInfo> shown = [.. all.Where(actor => Level(actor.Path) - top <= depth)];
        return new ConsoleAnswer(
            text =>
            {
                foreach (ActorInfo actor in shown)
                {
                    string name = actor.Path.Name.Length == 0 ? "/" : actor.Path.Name;
                    text.WriteLine($"{new string(' ', 2 * (Level(actor.Path) - top))}{name} | {actor.Type}{Facts(actor)}");
                }

                text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Count: {shown.Length} actors{Hidden(all.Length - shown.Length)}"));
            },
            json =>
            {
                json.WriteStartArray();
                foreach (ActorInfo actor in shown) Write(json, actor);
                json.WriteEndArray();
            });
    }

    private static IEnumerable<ActorInfo> Below(ActorSystem system, string start)
    {
        ImmutableArray<ActorInfo> all = system.Hierarchy();
        string prefix = $"{all[0].Path.ToString().TrimEnd('/')}{start}";
        return all.Where(actor => IsBelow(actor.Path.ToString().TrimEnd('/'), prefix));
    }

    private static ConsoleAnswer Systems(IReadOnlyList<ActorSystem> systems)
    {
        string name = systems[0].Name;
        int actors = systems.Sum(static system => system.Hierarchy().Length);
        long letters = systems.Sum(static system => system.DeadLetterCount), unhandled = systems.Sum(static system => system.UnhandledCount);
        return new ConsoleAnswer(
            text => text.WriteLine($"{name} | actors: {actors} | dead letters: {letters} | unhandled: {unhandled}"),
            json =>
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteNumber("actors", actors);
                json.WriteNumber("dead_letters", letters);
                json.WriteNumber("unhandled", unhandled);
                json.WriteEndObject();
            });
    }

    private static string Hidden(int count) => count == 0 ? "" : $", {count} deeper are not shown (-d)";

    private static bool IsBelow(string path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] == '/');

    private static int Level(ActorPath path)
    {
        int level = 0;
        while (path.Parent is { } parent) (path, level) = (parent, level + 1);
        return level;
    }

    private static string Facts(ActorInfo actor)
    {
        string facts = actor.MailboxLength > 0 ? $" | waiting: {actor.MailboxLength}" : "";
        if (actor.Dropped > 0) facts += $" | dropped: {actor.Dropped}";
        if (actor.Restarts > 0) facts += $" | restarts: {actor.Restarts}";
        return facts;
    }

    private static void Write(Utf8JsonWriter json, ActorInfo actor)
    {
        json.WriteStartObject();
        json.WriteString("path", actor.Path.ToString());
        json.WriteString("type", actor.Type);
        json.WriteNumber("waiting", actor.MailboxLength);
        json.WriteNumber("dropped", actor.Dropped);
        json.WriteNumber("restarts", actor.Restarts);
        json.WriteEndObject();
    }
}
