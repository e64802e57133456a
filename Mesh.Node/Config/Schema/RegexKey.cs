using System.Text.RegularExpressions;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>A regular expression that is to match a whole text; kept as written. Who uses it bounds the time of a match.</summary>
internal sealed class RegexKey(string name, string doc) : ScalarKey<string>(name, "", doc)
{
    /// <summary>Longest expression, characters: each request is compared with it.</summary>
    public const int MaxLength = 1024;

    public override KeyShape Shape => new("regular expression");

    protected override string Expected => $"a regular expression of 1 to {Numbers.Text(MaxLength)} characters";

    protected override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= MaxLength;
    }

    protected override void CheckWorld(YamlScalar scalar, string parsed, CheckContext context)
    {
        try
        {
            _ = new Regex(parsed, RegexOptions.CultureInvariant);
        }
        catch (RegexParseException error)
        {
            string why = Quoting.Clip(error.Message.Split(". ")[^1].TrimEnd('.'));
            context.Faults.Fault(context.Source.Inside(scalar, error.Offset),
                $"`{Name}` is no regular expression: {why}; write one that matches whole paths");
        }
    }
}
