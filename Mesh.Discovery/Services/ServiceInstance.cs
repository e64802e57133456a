using System.Net;
using Mesh.Actors;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Services;

/// <summary>Whether an instance takes requests.</summary>
public enum InstanceState
{
    Up,

    /// <summary>It works and is about to end, or an operator wants it empty: no new requests.</summary>
    Draining,

    /// <summary>Its node's checks fail, or none has succeeded yet.</summary>
    Unhealthy,
}

/// <summary>One running app as its node tells the fleet of it. Compared by value.</summary>
/// <param name="Service">Its service's name.</param>
/// <param name="Id">Tells it from the service's others; nodes may give the same.</param>
/// <param name="App">Where it listens; on loopback only its own node reaches it.</param>
/// <param name="Node">The label of the node that hosts it.</param>
public sealed record ServiceInstance(string Service, string Id, IPEndPoint App, string Node)
{
    public const string Http = "http";

    /// <summary>HTTP/2 with prior knowledge, gRPC among it.</summary>
    public const string Http2 = "h2";

    /// <summary>Whatever it is, nobody reads it on its way.</summary>
    public const string Tcp = "tcp";

    /// <summary>Where other nodes reach the host's inbound side; null: it has none.</summary>
    public IPEndPoint? Inbound { get; init; }

    /// <summary>The host that the inbound side's certificate speaks for; null: it speaks no TLS.</summary>
    public string? InboundHost { get; init; }

    /// <summary>What the app speaks.</summary>
    public string Protocol { get; init; } = Http;

    /// <summary>The inbound side takes HTTP/2 with prior knowledge too; an older node's does not.</summary>
    public bool InboundHttp2 { get; init; }

    public EquatableList<string> Tags { get; init; } = [];

    /// <summary>Relative to its siblings, above 0.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Where it runs, as its operator calls it; empty: not told.</summary>
    public string Zone { get; init; } = "";

    public InstanceState State { get; init; }

    /// <summary>Why it is not <see cref="InstanceState.Up"/>; else empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When the state began, by the owner's clock: for people.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>It stays only while it is renewed.</summary>
    public bool IsLeased { get; init; }

    /// <summary><c>service/id</c>.</summary>
    public string Key => KeyOf(Service, Id);

    /// <summary>What is spoken to the app itself.</summary>
    public AddressProtocol AppProtocol => ProtocolOf(Protocol);

    /// <summary>A word that is not known here is HTTP/1.1: what every app was before there were others.</summary>
    public static AddressProtocol ProtocolOf(string word) => word == Http2 ? AddressProtocol.Http2 : AddressProtocol.Http1;

    public static string KeyOf(string service, string id) => $"{service}/{id}";
}
