using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>
/// A file whose path starts at the working directory, as in Linkerd. <c>judge</c> says what is wrong with its text, null where nothing is; a file
/// that is not there is a fault, or a doubt where it <see cref="MayComeLater"/>.
/// </summary>
internal sealed class FileKey(string name, Func<string, CheckContext, string?> judge, string doc) : ScalarKey<string?>(name, null, doc)
{
    /// <summary>True where the node waits for the file.</summary>
    public bool MayComeLater { get; init; }

    public override KeyShape Shape => new("file", "", "", MayComeLater ? "" : "must exist");

    protected override string Expected => "the path of a file, relative to the working directory or absolute";

    protected override bool TryParse(string text, out string? value)
    {
        value = text;
        return text.Length > 0 && !text.Contains('\0');
    }

    protected override void CheckWorld(YamlScalar scalar, string? parsed, CheckContext context)
    {
        string quoted = Quoting.Quote(parsed!);
        if (context.Hooks.ReadFile(parsed!) is not { } text)
        {
            const string Remedy = "write its path from the working directory";
            string names = $"`{Name}` names {quoted}, which is no file";
            if (MayComeLater) context.Faults.Warn(scalar.At, $"{names} here yet; the node waits for it, or {Remedy}");
            else context.Faults.Fault(scalar.At, $"{names} that can be read here; {Remedy}");
        }
        else if (judge(text, context) is { } wrong)
        {
            context.Faults.Fault(scalar.At, $"`{Name}` names {quoted}, {wrong}");
        }
    }
}
