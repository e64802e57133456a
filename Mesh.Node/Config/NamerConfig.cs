using System.Collections.Immutable;

namespace Mesh.Node.Config;

/// <summary>A source of addresses for the names under <c>/#/Prefix</c>.</summary>
/// <param name="Prefix">Without the leading <c>/#/</c>.</param>
/// <param name="Transformers">What becomes of the names that it finds, in the order of their application.</param>
internal abstract record NamerConfig(string Prefix, ImmutableArray<TransformerConfig> Transformers)
{
    /// <summary>Equal by what the lists hold.</summary>
    public virtual bool Equals(NamerConfig? other) =>
        other is not null && EqualityContract == other.EqualityContract && Prefix == other.Prefix && Transformers.SequenceEqual(other.Transformers);

    public override int GetHashCode() => HashCode.Combine(Prefix, Transformers.Length);
}

/// <summary>Names from files that are watched (<c>io.l5d.fs</c>): one file a name, one <c>host port</c> a line.</summary>
/// <param name="Prefix">Without the leading <c>/#/</c>.</param>
/// <param name="Transformers">What becomes of the names that it finds.</param>
/// <param name="RootDir">Their directory, relative to the working directory or absolute.</param>
internal sealed record FsNamerConfig(string Prefix, ImmutableArray<TransformerConfig> Transformers, string RootDir)
    : NamerConfig(Prefix, Transformers)
{
    public const string KindName = "io.l5d.fs";
}

/// <summary>The fleet's registered instances (<c>io.mesh.services</c>).</summary>
/// <param name="Prefix">Without the leading <c>/#/</c>.</param>
/// <param name="Transformers">What becomes of the names that it finds.</param>
/// <param name="IncludeTag">Names begin with a tag.</param>
internal sealed record ServicesNamerConfig(string Prefix, ImmutableArray<TransformerConfig> Transformers, bool IncludeTag)
    : NamerConfig(Prefix, Transformers)
{
    public const string KindName = "io.mesh.services";
}

/// <summary>Names rewritten by a pattern (<c>io.l5d.rewrite</c>).</summary>
/// <param name="Prefix">Without the leading <c>/#/</c>.</param>
/// <param name="Transformers">What becomes of the names that it finds.</param>
/// <param name="Pattern">A path matcher, such as <c>/{service}/{version}</c>; a name that does not match is <c>~</c>.</param>
/// <param name="Name">The path that a match becomes, its captures put in: <c>/#/io.l5d.fs/{version}-{service}</c>.</param>
internal sealed record RewriteNamerConfig(string Prefix, ImmutableArray<TransformerConfig> Transformers, string Pattern, string Name)
    : NamerConfig(Prefix, Transformers)
{
    public const string KindName = "io.l5d.rewrite";
}
