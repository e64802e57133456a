using System.Globalization;
using System.Text;

namespace Mesh.Tests.Node.Telemetry;

/// <summary>A strict reader of the text format 0.0.4: what it does not expect, it throws at.</summary>
internal sealed class ExpositionParser(string text)
{
    private const NumberStyles Digits = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private int _at;

    internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

    internal sealed record Family(string Name, string Help, string Type, List<Sample> Samples);

    public static Dictionary<string, Family> Parse(string text) => new ExpositionParser(text).Families();

    private Dictionary<string, Family> Families()
    {
        Dictionary<string, Family> families = [];
        if (text.Contains('\r', StringComparison.Ordinal)) throw new FormatException("CR");
        while (_at < text.Length)
        {
            Expect("# HELP ");
            string name = Name();
            Expect(" ");
            string help = Until('\n');
            Expect("\n# TYPE " + name + " ");
            string type = Until('\n');
            Expect("\n");
            Family family = new(name, help, type, []);
            if (type is not ("counter" or "gauge" or "histogram")) throw new FormatException(type);
            families.Add(name, family);
            while (_at < text.Length && text[_at] != '#') family.Samples.Add(OneSample());
            Check(family);
        }

        return families;
    }

    private static void Check(Family family)
    {
        if (family.Samples.Count == 0) throw new FormatException($"{family.Name} has no samples");
        HashSet<string> seen = [];
        foreach (Sample sample in family.Samples)
        {
            string key = sample.Name + string.Concat(sample.Labels.OrderBy(l => l.Key).Select(l => $"|{l.Key}={l.Value}"));
            if (!seen.Add(key)) throw new FormatException($"{key} comes twice");
            string suffix = sample.Name.StartsWith(family.Name, StringComparison.Ordinal) ? sample.Name[family.Name.Length..] : "?";
            bool fits = (family.Type, sample.Labels.ContainsKey("le")) switch
            {
                ("histogram", true) => suffix == "_bucket",
                ("histogram", false) => suffix is "_sum" or "_count",
                (_, bool hasBound) => suffix.Length == 0 && !hasBound,
            };
            if (!fits) throw new FormatException($"{sample.Name} in {family.Name}");
            if (family.Type != "gauge" && sample.Value < 0) throw new FormatException($"{key} is negative");
        }
    }

    private Sample OneSample()
    {
        string name = Name();
        Dictionary<string, string> labels = [];
        if (text[_at] == '{')
        {
            do
            {
                _at++;
                string label = Name();
                Expect("=\"");
                labels.Add(label, Value());
                Expect("\"");
            }
            while (text[_at] == ',');
            Expect("}");
        }

        Expect(" ");
        string number = Until('\n');
        Expect("\n");
        return new Sample(name, labels, number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => double.Parse(number, Digits, CultureInfo.InvariantCulture),
        });
    }

    private string Name()
    {
        int start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or ':')) _at++;
        if (start == _at || char.IsAsciiDigit(text[start])) throw new FormatException($"no name at {start}");
        return text[start.._at];
    }

    private string Value()
    {
        StringBuilder value = new();
        while (text[_at] != '"')
        {
            char c = text[_at++];
            if (c == '\n') throw new FormatException("line feed in a label");
            if (c == '\\')
            {
                c = text[_at++] switch
                {
                    'n' => '\n',
                    '"' => '"',
                    '\\' => '\\',
                    char other => throw new FormatException($"escape \\{other}"),
                };
            }

            value.Append(c);
        }

        return value.ToString();
    }

    private string Until(char end)
    {
        int stop = text.IndexOf(end, _at);
        if (stop < 0) throw new FormatException("the last line is not ended");
        string part = text[_at..stop];
        _at = stop;
        return part;
    }

    private void Expect(string wanted)
    {
        if (string.CompareOrdinal(text, _at, wanted, 0, wanted.Length) != 0)
        {
            throw new FormatException($"'{wanted}' expected at {_at}: {text.AsSpan(_at, Math.Min(40, text.Length - _at))}");
        }

        _at += wanted.Length;
    }
}
