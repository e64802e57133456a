using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>A directory that must exist when the config is read; a relative path starts at the working directory, as in Linkerd.</summary>
internal sealed class DirectoryKey(string name, string doc) : ScalarKey<string>(name, "", doc)
{
    public override KeyShape Shape => new("directory", "", "", "must exist");

    protected override string Expected => "the path of a directory, relative to the working directory or absolute";

    protected override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length > 0 && !text.Contains('\0');
    }

    protected override void CheckWorld(YamlScalar scalar, string parsed, CheckContext context)
    {
        if (!context.Hooks.DirectoryExists(parsed))
            context.Faults.Fault(scalar.At,
                $"`{Name}` names {Quoting.Quote(parsed)}, which is no directory here; create it, or write its path from the working directory");
    }
}
