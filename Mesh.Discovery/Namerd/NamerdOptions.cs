using Mesh.Wire.Tls;

namespace Mesh.Discovery.Namerd;

/// <summary>Which namerd binds names, and how patiently it is asked.</summary>
/// <param name="Address">Of its HTTP control API: scheme, host and port. A host name is looked up for each connection.</param>
/// <param name="Namespace">Whose stored dtab comes first.</param>
public sealed record NamerdOptions(Uri Address, string Namespace)
{
    /// <summary>
    /// Most streams at once, and so most connections to it: one a name, one a destination. A name beyond is a failure; a destination beyond has the
    /// addresses that its names tell.
    /// </summary>
    public const int MaxStreams = 4_096;

    /// <summary>Longest document, bytes: some 100 000 addresses.</summary>
    public const int MaxLineBytes = 8 << 20;

    /// <summary>Linkerd's <c>retry.baseSeconds</c>.</summary>
    public const int DefaultBaseSeconds = 5;

    /// <summary>Linkerd's <c>retry.maxSeconds</c>.</summary>
    public const int DefaultMaxSeconds = 600;

    /// <summary>How often what nobody asks for any more is looked for and let go.</summary>
    public static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a stream lives, give or take a fifth, before it is begun anew: a namerd whose watch has silently stalled is asked again.
    /// </summary>
    public static readonly TimeSpan StreamLife = TimeSpan.FromMinutes(10);

    /// <summary>How long a connection may take to come about.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>From a question to the head of its answer; a watch's comes at once, whatever is known.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The first pause before it is asked again.</summary>
    public TimeSpan RetryBase { get; init; } = TimeSpan.FromSeconds(DefaultBaseSeconds);

    /// <summary>The longest such pause.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(DefaultMaxSeconds);

    /// <summary>How connections to it are secured; null: they are not.</summary>
    public TlsDialing? Tls { get; init; }

    /// <summary>Of the jitter.</summary>
    public ulong Seed { get; init; }

    /// <summary>Takes a line when namerd goes away and when it is back. Any thread.</summary>
    public Action<string> Report { get; init; } = static _ => { };
}
