using System.Collections.Immutable;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>The numbers of the messages that nodes exchange about tables: 200 to 299.</summary>
public static class TablesKinds
{
    public static ImmutableArray<MessageKind> All { get; } =
    [
        MessageKind.Of(200, TableDelta.Parser),
        MessageKind.Of(201, SyncRoots.Parser),
        MessageKind.Of(202, SyncBuckets.Parser),
        MessageKind.Of(203, SyncDigest.Parser),
        MessageKind.Of(204, SyncRows.Parser),
        MessageKind.Of(205, SyncPush.Parser),
        MessageKind.Of(206, AskVersion.Parser),
        MessageKind.Of(207, VersionIs.Parser),
    ];
}
