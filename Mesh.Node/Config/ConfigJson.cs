using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Node.Config.Keys;
using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config;

/// <summary>
/// A config as JSON in Linkerd's shape: what was written, assignments made, nothing added; numbers and booleans where the schema says so. Secrets are
/// masked: the keys that the schema marks, and of mappings that it does not know (telemeters of others) whatever is named like one.
/// </summary>
internal sealed class ConfigJson
{
    /// <summary>What stands for a secret.</summary>
    public const string Mask = "********";

    /// <summary>
    /// Most characters of values in one rendering; aliases in a file can make one value a thousand. Later values are left out as <c>...</c>.
    /// </summary>
    public const int MaxCharacters = 4 << 20;

    private static readonly string[] s_secretWords = ["password", "passwd", "secret", "token", "credential", "apikey", "privatekey", "authinfo"];

    /// <summary>For people: <c>=&gt;</c> stays as it is. It is served as JSON, never inside a page.</summary>
    private static readonly JsonWriterOptions s_readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _json;
    private int _characters;

    private ConfigJson(Utf8JsonWriter json) => _json = json;

    /// <summary>The config as indented JSON; <c>{}</c> for one that comes from no file.</summary>
    public static string Of(MeshConfig config) => Of(config.Source, RootKeys.Section);

    internal static string Of(YamlNode? root, Section section)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_readable))
        {
            var writer = new ConfigJson(json);
            if (root is YamlMapping mapping) writer.WriteMapping(mapping, section);
            else json.WriteRawValue("{}");
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private void WriteMapping(YamlMapping mapping, Section? section)
    {
        _json.WriteStartObject();
        foreach (YamlEntry entry in mapping.Entries)
        {
            if (entry.Value.IsNull) continue;
            Key? key = section?.Find(entry.Key);
            _json.WritePropertyName(entry.Key);
            if (key?.Secret ?? IsNamedLikeASecret(entry.Key)) _json.WriteStringValue(Mask);
            else Write(entry.Value, key);
        }

        _json.WriteEndObject();
    }

    private void Write(YamlNode node, Key? key)
    {
        switch (node)
        {
            case YamlMapping mapping:
                WriteMapping(mapping, key?.SectionOf(mapping));
                break;
            case YamlSequence sequence:
                _json.WriteStartArray();
                foreach (YamlNode item in sequence.Items) Write(item, key);
                _json.WriteEndArray();
                break;
            case YamlScalar scalar when !scalar.IsNull:
                WriteScalar(scalar, key?.Form ?? ScalarForm.AsWritten);
                break;
            default:
                _json.WriteNullValue();
                break;
        }
    }

    private void WriteScalar(YamlScalar scalar, ScalarForm form)
    {
        _characters += scalar.Text.Length;
        bool bare = form == ScalarForm.AsWritten && scalar.Style == YamlScalarStyle.Plain;
        if (_characters > MaxCharacters)
            _json.WriteStringValue("...");
        else if ((bare || form == ScalarForm.Number) && Numbers.TryParse(scalar.Text, int.MinValue, int.MaxValue, out int number))
            _json.WriteNumberValue(number);
        else if (form == ScalarForm.Number && Numbers.TryParse(scalar.Text, out double real))
            _json.WriteNumberValue(real);
        else if ((bare || form == ScalarForm.Boolean) && bool.TryParse(scalar.Text, out bool truth))
            _json.WriteBooleanValue(truth);
        else
            _json.WriteStringValue(scalar.Text);
    }

    private static bool IsNamedLikeASecret(string name)
    {
        string plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return s_secretWords.Any(word => plain.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}
