using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>A delegation table; a fault inside points at its own character, also within a literal block.</summary>
internal sealed class DtabKey(string name, string doc) : Key<string>(name, doc)
{
    public override KeyShape Shape => new("dtab", "empty");

    public override void Check(Position keyAt, YamlNode value, CheckContext context)
    {
        if (value is not YamlScalar scalar)
            context.Faults.Fault(value.At, $"`{Name}` is {value.KindText}; it must be text such as `/svc => /#/io.l5d.fs`, often a block after `|`");
        else if (context.Hooks.CheckDtab(scalar.Text) is { } fault)
            context.Faults.Fault(context.Source.Inside(scalar, fault.Offset), $"`{Name}`: {fault.What}");
    }

    public override string Read(YamlNode? value) => value is YamlScalar scalar ? scalar.Text : "";
}
