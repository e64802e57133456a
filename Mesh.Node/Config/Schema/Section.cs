using System.Collections.Immutable;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>The keys that are legal in one mapping.</summary>
internal class Section(string name, string doc, ImmutableArray<Key> keys)
{
    /// <summary>What messages call it: <c>a server</c>, <c>`admin`</c>.</summary>
    public string Name { get; } = name;

    /// <summary>One or two sentences for the head of its table in docs/CONFIG.md.</summary>
    public string Doc { get; } = doc;

    public ImmutableArray<Key> Keys { get; } = keys;

    /// <summary>What no single key can tell: two values that contradict each other. Scalars that are wrong read as their defaults here.</summary>
    public Action<SectionView, CheckContext>? Rules { get; init; }

    /// <summary>
    /// Keys that stand beside this section in its parent, for a key that was written here and belongs there; asked late, since those keys may lead
    /// back here.
    /// </summary>
    public Func<ImmutableArray<Key>>? Beside { get; init; }

    /// <summary>
    /// Reports unknown, missing, refused and bad keys of a mapping, all of them. The table is that of the kinds of which this section is one; its
    /// selector (<c>kind</c>, <c>protocol</c>) is legal beside the section's own keys.
    /// </summary>
    public void Check(YamlNode value, CheckContext context, KindTable? table = null)
    {
        string? selector = table?.Selector;
        if (value.IsNull) value = new YamlMapping(value.At, []);
        if (value is not YamlMapping mapping)
        {
            context.Faults.Fault(value.At, $"{Name} is {value.KindText} here; it must be a mapping with the keys {Suggestions.List(Keys, selector)}");
            return;
        }

        foreach (YamlEntry entry in mapping.Entries)
        {
            if (entry.Key == selector) continue;
            Key? key = Find(entry.Key);
            if (key is null) Suggestions.Unknown(this, entry, table, context);
            else if (!entry.Value.IsNull) key.Check(entry.KeyAt, entry.Value, context);
        }

        foreach (Key key in Keys)
        {
            if (!key.Required || mapping.Find(key.Name) is not null) continue;
            int written = mapping.IndexOf(key.Name);
            Position at = written < 0 ? mapping.At : mapping.Entries[written].KeyAt;
            context.Faults.Fault(at, $"{Name} needs `{key.Name}`; {key.Doc}");
        }

        Rules?.Invoke(new SectionView(mapping), context);
    }

    public Key? Find(string name)
    {
        foreach (Key key in Keys)
            if (key.Name == name) return key;
        return null;
    }
}

/// <summary>A section that becomes a record: <c>build</c> makes it from a mapping without faults.</summary>
internal sealed class Section<T>(string name, string doc, ImmutableArray<Key> keys, Func<SectionView, T> build) : Section(name, doc, keys)
{
    /// <summary>The record of a mapping; all defaults where there is none.</summary>
    public T Build(YamlNode? value) => build(new SectionView(value as YamlMapping));
}

/// <summary>A mapping seen through its keys.</summary>
internal readonly struct SectionView(YamlMapping? mapping)
{
    public T Get<T>(Key<T> key) => key.Read(Find(key));

    /// <summary>The value of a key that is written; else <paramref name="otherwise"/>, which need not be the key's default.</summary>
    public T GetOr<T>(Key<T> key, T otherwise) => Find(key) is { } node ? key.Read(node) : otherwise;

    /// <summary>The mapping seen; null where none is written.</summary>
    public YamlMapping? Mapping => mapping;

    public YamlNode? Find(Key key) => mapping?.Find(key.Name);

    /// <summary>The place of a key's value; where it is not written, the place of the mapping.</summary>
    public Position At(Key key) => Find(key)?.At ?? mapping?.At ?? default;
}

/// <summary>A key that leads to a section of its own.</summary>
internal sealed class SectionKey<T>(string name, Section<T> section, string doc) : Key<T>(name, doc)
{
    public override KeyShape Shape => new("mapping");

    public override IEnumerable<Below> Below => [new Below("", section)];

    public override Section? SectionOf(YamlMapping value) => section;

    public override void Check(Position keyAt, YamlNode value, CheckContext context) => section.Check(value, context);

    public override T Read(YamlNode? value) => section.Build(value);
}
