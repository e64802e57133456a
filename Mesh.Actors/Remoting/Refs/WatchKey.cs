using Mesh.Actors.Remoting.Protocol;

namespace Mesh.Actors.Remoting.Refs;

/// <summary>An actor as a watch names it: its path on its node, and its uid or 0.</summary>
internal readonly record struct WatchKey(string Path, long Uid) : IComparable<WatchKey>
{
    /// <summary>Bytes of one message's watches, about: well below the system lane's largest.</summary>
    public const int ChunkBytes = 100 * 1024;

    public static WatchKey Of(RemoteActorRef actor) => new(actor.Elements, actor.Path.Uid);

    public static WatchKey Of(WatchedActor actor) => new(actor.Path, actor.Uid);

    public WatchedActor ToMessage() => new() { Path = Path, Uid = Uid };

    public int CompareTo(WatchKey other) => string.CompareOrdinal(Path, other.Path) is var order && order != 0 ? order : Uid.CompareTo(other.Uid);

    /// <summary>Cuts a list so that each part fits a message; one empty part for none.</summary>
    public static IEnumerable<List<WatchedActor>> Chunks(IEnumerable<WatchKey> keys)
    {
        List<WatchedActor> part = [];
        int bytes = 0;
        foreach (WatchKey key in keys)
        {
            if (bytes > ChunkBytes)
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(key.ToMessage());
            bytes += key.Path.Length + 16;
        }

        yield return part;
    }
}
