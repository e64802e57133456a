namespace Mesh.Node.Config;

/// <summary>A source of addresses for the names under <c>/#/Prefix</c>.</summary>
/// <param name="Prefix">Without the leading <c>/#/</c>.</param>
internal abstract record NamerConfig(string Prefix);

/// <summary>Names from files that are watched (<c>io.l5d.fs</c>): one file a name, one <c>host port</c> a line.</summary>
/// <param name="Prefix">Without the leading <c>/#/</c>.</param>
/// <param name="RootDir">Their directory, relative to the working directory or absolute.</param>
internal sealed record FsNamerConfig(string Prefix, string RootDir) : NamerConfig(Prefix)
{
    public const string KindName = "io.l5d.fs";
}
