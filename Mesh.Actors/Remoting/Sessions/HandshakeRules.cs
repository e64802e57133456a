using Mesh.Actors.Remoting.Protocol;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>Whether two nodes that have greeted speak on. Pure; both sides judge by the same rules.</summary>
internal static class HandshakeRules
{
    /// <summary>Null: they agree.</summary>
    public static (RefusalReason Reason, string Detail)? Judge(UniqueAddress self, NodeHello own, UniqueAddress peer, NodeHello hello, bool forgotten)
    {
        if (peer.Uid == self.Uid) return (RefusalReason.RefusalMyself, "this is the same process");
        if (hello.ClusterName != own.ClusterName)
            return (RefusalReason.RefusalOtherCluster, $"clusters are named {own.ClusterName} and {hello.ClusterName}");
        if (own.ClusterId is { } mine && hello.ClusterId is { } theirs && !string.Equals(mine, theirs, StringComparison.OrdinalIgnoreCase))
            return (RefusalReason.RefusalOtherCluster, $"two clusters are named {own.ClusterName}: {mine} and {theirs}");
        if (Common(own, hello) is null)
            return (RefusalReason.RefusalOtherProtocol,
                $"protocols {own.ProtocolMin}..{own.ProtocolMax} and {hello.ProtocolMin}..{hello.ProtocolMax} have none in common");
        if (hello.ConfigHash != own.ConfigHash)
            return (
                RefusalReason.RefusalOtherConfig,
                "the journal's kind or `downing` is not the same there: "
                + $"make both equal on all nodes ({own.ConfigHash:x16} and {hello.ConfigHash:x16})");
        if (forgotten) return (RefusalReason.RefusalForgotten, $"{peer} was removed from the cluster; start it anew to join again");
        return null;
    }

    /// <summary>The version that two nodes speak: the newest that both know. Null: there is none.</summary>
    /// <remarks>In a rolling upgrade a node of N..N+1 speaks N with those of N, so it says nothing that only N+1 knows.</remarks>
    public static int? Common(NodeHello own, NodeHello peer)
    {
        int newest = Math.Min(own.ProtocolMax, peer.ProtocolMax);
        return newest >= Math.Max(own.ProtocolMin, peer.ProtocolMin) ? newest : null;
    }

    /// <summary>Whether, of two connections that both sides opened at once, the one that was dialled from here is kept.</summary>
    public static bool OwnDialWins(UniqueAddress self, UniqueAddress peer) => self.Uid < peer.Uid;

    /// <summary>Null: no failure, but no session by this connection either.</summary>
    public static SessionEnd? ToSessionEnd(RefusalReason reason) => reason switch
    {
        RefusalReason.RefusalOtherCluster => SessionEnd.OtherCluster,
        RefusalReason.RefusalOtherProtocol => SessionEnd.OtherProtocol,
        RefusalReason.RefusalOtherConfig => SessionEnd.OtherConfig,
        RefusalReason.RefusalOtherUid => SessionEnd.OtherUid,
        RefusalReason.RefusalForgotten => SessionEnd.Forgotten,
        RefusalReason.RefusalMalformed => SessionEnd.Malformed,
        RefusalReason.RefusalUntrusted => SessionEnd.Untrusted,
        RefusalReason.RefusalDuplicate or RefusalReason.RefusalMyself => null,
        _ => SessionEnd.Closed,
    };
}
