using System.Net;
using Mesh.Node.Config;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Node.Admin;

/// <summary>Where the admin server listens and what it lets a client take.</summary>
internal sealed record AdminServerOptions
{
    /// <summary>Linkerd 1's admin port.</summary>
    public const int DefaultPort = 9990;

    /// <summary>Loopback by default: admin tells much and, later, changes things. Port 0 takes a free one.</summary>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.Loopback, DefaultPort);

    /// <summary>
    /// Connections at once; further ones are closed at accept. A dashboard takes 6, a scraper 1, a router that asks this node for its names one a
    /// name and one a destination.
    /// </summary>
    public int MaximumConnections { get; init; } = MaximumWatches + 1_000;

    /// <summary>
    /// Streams of <c>watch=true</c> at once, each a connection: however many there are, operators, probes and scrapers get in beside them.
    /// </summary>
    public const int MaximumWatches = 4_000;

    /// <summary>Bytes of a request line; a dtab or a name may stand in the query.</summary>
    public int MaximumRequestLineBytes { get; init; } = 16 * 1024;

    /// <summary>Bytes of all header fields of a request.</summary>
    public int MaximumHeaderBytes { get; init; } = 16 * 1024;

    /// <summary>Header fields of a request.</summary>
    public int MaximumHeaderFields { get; init; } = 64;

    /// <summary>Bytes of a request body; a dtab of ten thousand entries is about this large.</summary>
    public int MaximumBodyBytes { get; init; } = 1024 * 1024;

    /// <summary>From a request's first byte to the end of its head.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection without a request; longer than a usual scrape interval.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How long a stop waits for requests under way before it cuts them off.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Which paths answer; all by default.</summary>
    public AdminSecurityConfig Security { get; init; } = AdminSecurityConfig.Default;

    /// <summary>The certificate; null for plain HTTP.</summary>
    public AdminTlsConfig? Tls { get; init; }

    /// <summary>What changes need; null: nothing can be changed.</summary>
    public AdminToken? Token { get; init; }

    /// <summary>Takes a line for each change and each attempt at one: who, what, result.</summary>
    public Action<string> Audit { get; init; } = static _ => { };

    /// <summary>Takes what an operator should know of, such as a certificate that cannot be read any more.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>Measures <see cref="StopTimeout"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where Kestrel's words go; nowhere by default.</summary>
    public ILoggerFactory Log { get; init; } = NullLoggerFactory.Instance;
}
