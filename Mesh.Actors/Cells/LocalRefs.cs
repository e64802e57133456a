using System.Collections.Concurrent;

namespace Mesh.Actors.Cells;

/// <summary>Finds refs of this system by path, for messages that come from other nodes. Any thread.</summary>
internal sealed class LocalRefs(ActorCell root)
{
    /// <summary>Asks under way whose answers may come from other nodes.</summary>
    public const int MaxPromises = 65_536;

    private const string TempPrefix = "/temp/";

    private readonly ConcurrentDictionary<string, IPromiseRef> _promises = new(StringComparer.Ordinal);

    public int Promises => _promises.Count;

    /// <summary>Makes the sender of an Ask findable until it ends; false when there are too many.</summary>
    public bool Publish(IPromiseRef promise)
    {
        if (_promises.Count >= MaxPromises) return false;
        string name = promise.Path.Name;
        if (_promises.TryAdd(name, promise))
            promise.Ended.ContinueWith(_ => _promises.TryRemove(name, out IPromiseRef? _),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return true;
    }

    /// <param name="path">Without address, <c>/user/a/b</c>. The guardians themselves are not found: no other node speaks to them.</param>
    /// <param name="uid">0: whoever holds the path.</param>
    public IInternalActorRef? Find(string path, long uid)
    {
        if (path.StartsWith(TempPrefix, StringComparison.Ordinal)) return _promises.GetValueOrDefault(path[TempPrefix.Length..]);
        string[] names = path.Split('/', ActorPath.MaxDepth + 2);
        if (names.Length is < 3 or > ActorPath.MaxDepth + 1 || names[0].Length != 0) return null;
        ActorCell cell = root;
        for (int i = 1; i < names.Length; i++)
        {
            if (cell.Children.Find(names[i]) is not { } child) return null;
            cell = child.Ref.Cell;
        }

        return uid == 0 || cell.Self.Path.Uid == uid ? cell.Self : null;
    }

    /// <summary>The path without its address.</summary>
    public static string Elements(ActorPath path) => path.ToString()[path.Address.ToString().Length..];
}
