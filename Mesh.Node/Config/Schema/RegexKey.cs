using System.Text.RegularExpressions;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>
/// A regular expression that is to match a whole text; kept as written. One that needs backtracking is refused: a path could make it run for hours.
/// </summary>
internal sealed class RegexKey(string name, string doc) : ScalarKey<string>(name, "", doc)
{
    /// <summary>What users of the text compile it with; a dot is any character, so that a line break hides nothing from an expression.</summary>
    public const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;

    private const string Before = @"\A(?:";

    /// <summary>Longest expression, characters: each request is compared with it.</summary>
    public const int MaxLength = 1024;

    /// <summary>The expression that matches where a whole text does.</summary>
    public static string Whole(string expression) => $@"{Before}{expression})\z";

    public override KeyShape Shape => new("regular expression", "", "", "no lookaround, no backreference");

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
            _ = new Regex(parsed, Options);
            _ = new Regex(Whole(parsed), Options);
        }
        catch (RegexParseException error)
        {
            string why = Quoting.Clip(error.Message.Split(". ")[^1].TrimEnd('.'));
            context.Faults.Fault(context.Source.Inside(scalar, error.Offset),
                $"`{Name}` is no regular expression: {why}; write one that matches whole paths");
        }
        catch (NotSupportedException)
        {
            context.Faults.Fault(scalar.At,
                $"`{Name}` {Quoting.Quote(parsed)} is not supported; write it without lookaround, backreferences and atomic groups");
        }
    }
}
