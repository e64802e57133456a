namespace Mesh.Node.Config.Yaml;

/// <summary>
/// Where a value was written: a file with line and column (both from 1), or a source without lines (line 0), such as a <c>--set</c>.
/// </summary>
internal readonly record struct Position(string Source, int Line, int Column)
{
    /// <summary>A value that comes from no line of a file: the command line, or a file that cannot be read at all.</summary>
    public static Position Of(string source) => new(source, 0, 0);

    /// <summary><c>line:column</c> alone, for a message about the same file; the source where there is no line.</summary>
    public string Short => Line == 0 ? Source : $"{Line}:{Column}";

    /// <summary><c>file:line:column</c>, as editors and compilers write it.</summary>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}
