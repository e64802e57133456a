using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config;

/// <summary>One thing wrong with a config (or, as a warning, without effect): where, what, and what would be right.</summary>
/// <param name="At">The key, value or character that is meant.</param>
/// <param name="What"><c>what is wrong; what would be right</c>, one line.</param>
/// <param name="IsWarning">True where the config loads all the same.</param>
internal sealed record ConfigFault(Position At, string What, bool IsWarning)
{
    /// <summary><c>file:line:column: what is wrong; what would be right</c>; a warning says so before the text.</summary>
    public override string ToString() => IsWarning ? $"{At}: warning: {What}" : $"{At}: {What}";
}
