using System.Collections.Immutable;

namespace Mesh.Node.Config;

/// <summary>Who binds a router's names.</summary>
/// <param name="Transformers">What becomes of the names that are found, in the order of their application.</param>
internal abstract record InterpreterConfig(ImmutableArray<TransformerConfig> Transformers)
{
    public static InterpreterConfig Default { get; } = new DefaultInterpreterConfig([]);

    /// <summary>Equal by what the lists hold.</summary>
    public virtual bool Equals(InterpreterConfig? other) =>
        other is not null && EqualityContract == other.EqualityContract && Transformers.SequenceEqual(other.Transformers);

    public override int GetHashCode() => HashCode.Combine(EqualityContract, Transformers.Length);
}

/// <summary>The router's dtab and the config's namers (<c>default</c>).</summary>
internal sealed record DefaultInterpreterConfig(ImmutableArray<TransformerConfig> Transformers) : InterpreterConfig(Transformers);

/// <summary>
/// A watched file's dtab below the router's own (<c>io.l5d.fs</c>): the effective rules are file, router, request, the later winning.
/// </summary>
/// <param name="Transformers">What becomes of the names that are found.</param>
/// <param name="DtabFile">Relative to the working directory or absolute; names wait while it does not exist.</param>
internal sealed record FsInterpreterConfig(ImmutableArray<TransformerConfig> Transformers, string DtabFile) : InterpreterConfig(Transformers);

/// <summary>
/// The dtab of a namespace of the fleet below the router's own (<c>io.mesh.routes</c>): the effective rules are namespace, router, request, the
/// later winning.
/// </summary>
/// <param name="Transformers">What becomes of the names that are found.</param>
/// <param name="Namespace">One that does not exist has no rules.</param>
internal sealed record RoutesInterpreterConfig(ImmutableArray<TransformerConfig> Transformers, string Namespace) : InterpreterConfig(Transformers)
{
    public const string KindName = "io.mesh.routes";

    public const string DefaultNamespace = "default";
}

/// <summary>
/// A running namerd binds names (<c>io.l5d.namerd.http</c>), by its namespace, then the router's dtab, then the request's, the later winning; this
/// node's namers are not asked.
/// </summary>
/// <param name="Transformers">What becomes of the names that are found.</param>
/// <param name="Address">Of its HTTP control API.</param>
/// <param name="Namespace">One that does not exist has no rules.</param>
/// <param name="BaseSeconds">The first pause before it is asked again.</param>
/// <param name="MaxSeconds">The longest.</param>
internal sealed record NamerdInterpreterConfig(
    ImmutableArray<TransformerConfig> Transformers, Uri Address, string Namespace, int BaseSeconds, int MaxSeconds) : InterpreterConfig(Transformers)
{
    public const string KindName = "io.l5d.namerd.http";

    /// <summary>Null: connections to it are plain.</summary>
    public ClientTlsConfig? Tls { get; init; }
}
