namespace Mesh.Node.Config;

/// <summary>A change of the names that a namer or an interpreter finds; each puts <c>/%/Prefix</c> before the ids of what it changed.</summary>
/// <param name="Prefix">Without the leading <c>/%/</c>; the kind's name unless it is written.</param>
internal abstract record TransformerConfig(string Prefix);

/// <summary>All addresses get this port (<c>io.l5d.port</c>).</summary>
internal sealed record PortTransformerConfig(string Prefix, int Port) : TransformerConfig(Prefix);

/// <summary>Only addresses of this host stay (<c>io.l5d.localhost</c>).</summary>
internal sealed record LocalhostTransformerConfig(string Prefix) : TransformerConfig(Prefix);

/// <summary>Only addresses of one host stay (<c>io.l5d.specificHost</c>).</summary>
internal sealed record SpecificHostTransformerConfig(string Prefix, string Host) : TransformerConfig(Prefix);

/// <summary>What was found becomes the path; what was not found stays so (<c>io.l5d.replace</c>).</summary>
internal sealed record ReplaceTransformerConfig(string Prefix, string Path) : TransformerConfig(Prefix);

/// <summary>Everything becomes the path, found or not (<c>io.l5d.const</c>).</summary>
internal sealed record ConstTransformerConfig(string Prefix, string Path) : TransformerConfig(Prefix);
