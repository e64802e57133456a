using System.Globalization;
using Mesh.Actors.Cells;

namespace Mesh.Actors.Remoting.Refs;

/// <summary>
/// Refs as text: <c>mesh://system@host:port/user/a#uid.node</c>, the actor's uid in decimal and the node's in 16 hexadecimal digits. Either may be
/// missing: whoever holds the path, whichever process listens there.
/// </summary>
internal static class RefText
{
    /// <summary>Characters of a text that is read: the deepest path of the longest names.</summary>
    public const int MaxLength = (ActorPath.MaxDepth + 2) * (ActorPath.MaxNameLength + 1);

    public static string Write(ActorSystem system, IActorRef? actor)
    {
        switch (actor)
        {
            case null:
                return "";
            case RemoteActorRef remote:
                return Join(remote.Path.ToString(), remote.Path.Uid, remote.Node.Uid);
            case DeadLettersRef:
                return "";
            case IPromiseRef promise when !system.LocalRefs.Publish(promise):
                return "";
        }

        string path = LocalRefs.Elements(actor.Path);
        return Join($"{system.Address}{path}", actor.Path.Uid, system.Remote?.Self.Uid ?? 0);
    }

    public static IActorRef Read(ActorSystem system, string text)
    {
        if (text.Length is 0 or > MaxLength) return system.DeadLetters;
        ulong node = 0;
        int hash = text.LastIndexOf('#');
        int dot = hash < 0 ? -1 : text.IndexOf('.', hash);
        if (dot >= 0)
        {
            ReadOnlySpan<char> digits = text.AsSpan(dot + 1);
            if (!ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out node)) return system.DeadLetters;
            text = text[..dot];
        }

        if (!ActorPath.TryParse(text, out ActorPath? path) || path.Parent is null) return system.DeadLetters;
        UniqueAddress? self = system.Remote?.Self;
        bool local = path.Address.Host is null ? path.Address.System == system.Name : path.Address == self?.Address;
        if (local && (node == 0 || node == self?.Uid)) return system.LocalRefs.Find(LocalRefs.Elements(path), path.Uid) ?? system.DeadLetters;
        // A former process at this very address: nobody of it lives.
        if (local || path.Address.Host is null || system.Remote is not { } remote) return system.DeadLetters;
        return new RemoteActorRef(remote, new UniqueAddress(path.Address, node), path);
    }

    private static string Join(string path, long uid, ulong node) => node == 0
        ? uid == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}#{uid}")
        : string.Create(CultureInfo.InvariantCulture, $"{path}#{uid}.{node:x16}");
}
