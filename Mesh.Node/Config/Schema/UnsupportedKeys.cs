using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>
/// A key of Linkerd's (or of a later Mesh) that this version refuses, unless it has the <c>harmless</c> value that asks for nothing: Linkerd's
/// default, or
/// the <c>kind</c> that is one.
/// </summary>
internal sealed class UnsupportedKey : Key
{
    private readonly string? _harmless;

    public UnsupportedKey(string name, string doc, string? harmless = null)
        : base(name, doc)
    {
        _harmless = harmless;
        Support = Support.NotSupported;
    }

    public override KeyShape Shape => new("-", "", "", _harmless is null ? "" : $"only `{_harmless}`");

    public override ScalarForm Form => ScalarForm.AsWritten;

    public override void Check(Position keyAt, YamlNode value, CheckContext context)
    {
        if (_harmless is not null && IsHarmless(value)) return;
        string remedy = _harmless is null ? "remove it" : $"remove it, or write `{_harmless}`";
        context.Faults.Fault(keyAt, $"`{Name}` is not supported ({Doc.TrimEnd('.')}); {remedy}");
    }

    private bool IsHarmless(YamlNode value) => value switch
    {
        YamlScalar scalar => scalar.Text == _harmless,
        YamlSequence sequence => sequence.Items.IsEmpty,
        YamlMapping mapping => mapping.Entries is [{ Key: "kind", Value: YamlScalar kind }] && kind.Text == _harmless,
        _ => false,
    };
}

/// <summary>A key that loads with a warning, which ends with what holds <c>instead</c>, and changes nothing.</summary>
internal sealed class InertKey : Key
{
    private readonly string _instead;

    public InertKey(string name, string doc, string instead)
        : base(name, doc)
    {
        _instead = instead;
        Support = Support.Inert;
    }

    public override KeyShape Shape => new("-");

    public override ScalarForm Form => ScalarForm.AsWritten;

    public override void Check(Position keyAt, YamlNode value, CheckContext context) =>
        context.Faults.Warn(keyAt, $"`{Name}` has no effect; {_instead}");
}
