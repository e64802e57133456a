using System.Net;
using Mesh.Wire.Tls;

namespace Mesh.Actors.Remoting;

/// <summary>How a node speaks with other nodes.</summary>
public sealed record RemotingSettings
{
    public static readonly TimeSpan DefaultHandshakeTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan DefaultWriteTimeout = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan DefaultSilenceTimeout = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DefaultIdleDataTimeout = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan DefaultQueueTime = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan DefaultMinBackoff = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan DefaultMaxBackoff = TimeSpan.FromSeconds(10);
    public const int DefaultMaxQueuedMessages = 10_000;
    public const long DefaultMaxQueuedBytes = 16L * 1024 * 1024;
    public const int DefaultMaxHalfOpen = 64;
    public const int DefaultMaxPeers = 10_000;
    public const int DefaultMaxForgotten = 10_000;

    /// <summary>Where it listens; port 0 takes a free one. Without <see cref="Certificates"/> only loopback, unless <see cref="Insecure"/>.</summary>
    public IPEndPoint Bind { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Under which name or address others reach it. Null: the address of <see cref="Bind"/>, which must then be one.</summary>
    public string? AdvertiseHost { get; init; }

    /// <summary>Under which port others reach it. Null: the bound one.</summary>
    public int? AdvertisePort { get; init; }

    /// <summary>For mutual TLS. Null: plain bytes.</summary>
    public CertificatePaths? Certificates { get; init; }

    /// <summary>Plain bytes also beyond loopback: whoever reaches the port is believed.</summary>
    public bool Insecure { get; init; }

    /// <summary>
    /// Whether a verified certificate may speak for that node, beyond <see cref="PeerNames"/>. Null: it may. On the loop: quick, no I/O.
    /// </summary>
    public Func<PeerCertificate, UniqueAddress, NodeHello, bool>? CheckPeer { get; init; }

    /// <summary>From the accept, or the start of a dial, to the peer's hello; TLS included.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = DefaultHandshakeTimeout;

    /// <summary>How long a peer may take no byte of what waits for it, before the session ends.</summary>
    public TimeSpan WriteTimeout { get; init; } = DefaultWriteTimeout;

    /// <summary>
    /// How long the peer's system may leave everything unanswered before the connection breaks: a firewall forgot it, or the machine is gone. Idle
    /// connections are probed after half of it, which also keeps firewalls from forgetting them. 5 s or more.
    /// </summary>
    public TimeSpan SilenceTimeout { get; init; } = DefaultSilenceTimeout;

    /// <summary>A data connection without a frame for so long is closed; control connections stay.</summary>
    public TimeSpan IdleDataTimeout { get; init; } = DefaultIdleDataTimeout;

    /// <summary>How long a message waits for a session before it is dropped: older ones would say what is no longer so.</summary>
    public TimeSpan QueueTime { get; init; } = DefaultQueueTime;

    /// <summary>Back-off before attempt n (from 0): <c>min(MaxBackoff, MinBackoff x 2^n) x (0.5 .. 1)</c>, drawn evenly.</summary>
    public TimeSpan MinBackoff { get; init; } = DefaultMinBackoff;

    /// <summary>The longest back-off.</summary>
    public TimeSpan MaxBackoff { get; init; } = DefaultMaxBackoff;

    /// <summary>Messages that wait per peer and lane.</summary>
    public int MaxQueuedMessages { get; init; } = DefaultMaxQueuedMessages;

    /// <summary>Their bytes, per peer and lane; not less than the lane's largest message.</summary>
    public long MaxQueuedBytes { get; init; } = DefaultMaxQueuedBytes;

    /// <summary>Accepted connections that have not yet agreed; more are closed at once.</summary>
    public int MaxHalfOpen { get; init; } = DefaultMaxHalfOpen;

    /// <summary>Processes that are known at a time, connected or with something to send.</summary>
    public int MaxPeers { get; init; } = DefaultMaxPeers;

    /// <summary>Removed processes that are remembered; the oldest goes first.</summary>
    public int MaxForgotten { get; init; } = DefaultMaxForgotten;

    /// <summary>Whether these settings are safe to start with; the text says what to do.</summary>
    /// <exception cref="RemotingException">They are not.</exception>
    public void Check()
    {
        if (Certificates is null && !Insecure && !IPAddress.IsLoopback(Bind.Address))
            throw new RemotingException($"remoting would listen on {Bind} without TLS: anybody who reaches it could command this node. "
                + "Configure certificates, bind a loopback address, or say insecure: true.");
        if (AdvertiseHost is null && (Bind.Address.Equals(IPAddress.Any) || Bind.Address.Equals(IPAddress.IPv6Any)))
            throw new RemotingException($"remoting listens on {Bind}, which is no address that others can dial: say which host to advertise.");
    }
}

/// <summary>Remoting cannot start. The text says why and what to do.</summary>
public sealed class RemotingException(string message, Exception? inner = null) : Exception(message, inner);
