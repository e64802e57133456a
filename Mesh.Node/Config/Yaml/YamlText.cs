using System.Text;
using System.Text.Json;

namespace Mesh.Node.Config.Yaml;

/// <summary>
/// A tree in one spelling, whatever its quotes, comments and order of keys: two trees that mean the same have the same text. It masks nothing and
/// is for comparing only.
/// </summary>
internal static class YamlText
{
    public static string Of(YamlNode? node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    private static void Append(StringBuilder text, YamlNode? node)
    {
        switch (node)
        {
            case YamlMapping mapping:
                text.Append('{');
                foreach (YamlEntry entry in mapping.Entries.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
                {
                    if (entry.Value.IsNull) continue;
                    Append(text, entry.Key);
                    text.Append(':');
                    Append(text, entry.Value);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case YamlSequence sequence:
                text.Append('[');
                foreach (YamlNode item in sequence.Items)
                {
                    Append(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case YamlScalar { IsNull: false } scalar:
                Append(text, scalar.Text);
                break;
            default:
                text.Append('~');
                break;
        }
    }

    private static void Append(StringBuilder text, string value) => text.Append('"').Append(JsonEncodedText.Encode(value).Value).Append('"');
}
