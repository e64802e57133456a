using Google.Protobuf;

namespace Mesh.Actors.Remoting;

/// <summary>
/// What a node's protocols see of the other nodes: messages, at most once, in order per lane while one session lives. The real one speaks
/// frames over Wire's transports; a simulation's is its network.
/// </summary>
/// <remarks>Only on the control loop, handlers included. A message that was sent belongs to the messenger: nobody changes it any more.</remarks>
public interface INodeMessenger
{
    /// <summary>This process.</summary>
    UniqueAddress Self { get; }

    /// <summary>What this node says of itself in every handshake from now on. Changing it leaves open sessions as they are.</summary>
    NodeHello Hello { get; set; }

    /// <summary>Names who takes messages of a type. Their kinds stand in <see cref="MessageCatalog"/>; one handler a type.</summary>
    void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T>;

    /// <summary>
    /// Sends to exactly that process, connecting when needed. False: dropped at once (queue full, too big, forgotten), and counted. True
    /// promises nothing. If another process answers at the address, the message is dropped and <see cref="PeerConnected"/> tells who it is.
    /// </summary>
    bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control);

    /// <summary>Sends to whoever listens at an address: how seeds are asked.</summary>
    void Contact(Address to, IMessage message);

    /// <summary>Time since the last whole frame of any kind came from that process; null without a session. Traffic is a sign of life.</summary>
    TimeSpan? SilentFor(UniqueAddress peer);

    /// <summary>Ends the sessions with a process and refuses new ones: it was removed. Messages to it are dropped.</summary>
    void Forget(UniqueAddress peer);

    /// <summary>A session with a peer was opened, by either side: both have greeted and agreed.</summary>
    event Action<UniqueAddress, NodeHello>? PeerConnected;

    /// <summary>The last session with a peer ended, or could not be opened; the messenger goes on trying while there is something to send.</summary>
    event Action<UniqueAddress, SessionEnd>? PeerDisconnected;
}

/// <summary>What a node says of itself before anything else is said.</summary>
/// <param name="ClusterName">The system's name; the same on every node.</param>
/// <param name="ClusterId">Made once when the cluster is founded, 32 hexadecimal digits. Null: this node belongs to none yet.</param>
/// <param name="Name">A label for people; unique by custom only.</param>
/// <param name="Roles">In ordinal order.</param>
/// <param name="AppVersion">The program's version.</param>
/// <param name="ProtocolMin">The oldest protocol version that this node speaks.</param>
/// <param name="ProtocolMax">The newest.</param>
/// <param name="ConfigHash">Of the settings that must be equal everywhere: shard counts, downing strategy, voters, kinds of tables.</param>
public sealed record NodeHello(
    string ClusterName,
    string? ClusterId,
    string Name,
    EquatableList<string> Roles,
    string AppVersion,
    int ProtocolMin,
    int ProtocolMax,
    ulong ConfigHash);

/// <summary>Why there is no session.</summary>
public enum SessionEnd
{
    /// <summary>Nobody listens there (connect refused).</summary>
    Refused,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The connection broke.</summary>
    Broken,

    /// <summary>The peer closed it in order.</summary>
    Closed,

    /// <summary>Its certificate is not one we trust, or not for that name.</summary>
    Untrusted,

    /// <summary>Another cluster's name or id.</summary>
    OtherCluster,

    /// <summary>No protocol version in common.</summary>
    OtherProtocol,

    /// <summary>Settings that must be equal differ.</summary>
    OtherConfig,

    /// <summary>Another process answers at the address now.</summary>
    OtherUid,

    /// <summary>It was removed from the cluster.</summary>
    Forgotten,

    /// <summary>A frame that no version of the protocol would send.</summary>
    Malformed,
}
