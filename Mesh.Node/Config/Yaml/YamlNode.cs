using System.Collections.Immutable;

namespace Mesh.Node.Config.Yaml;

/// <summary>A node of a positioned, immutable YAML (or JSON) tree. An alias shares the node it names, so a tree is never edited in place.</summary>
internal abstract class YamlNode(Position at)
{
    /// <summary>Where the node begins: the first key of a block mapping, the first dash of a block list, the <c>|</c> of a literal block.</summary>
    public Position At { get; } = at;

    /// <summary>What an operator calls it: <c>a mapping</c>, <c>a list</c>, <c>a single value</c>.</summary>
    public abstract string KindText { get; }

    /// <summary>True for a value left empty, <c>~</c> or <c>null</c>: as good as not written.</summary>
    public virtual bool IsNull => false;
}

/// <summary>One <c>key: value</c> of a mapping.</summary>
internal readonly record struct YamlEntry(Position KeyAt, string Key, YamlNode Value);

/// <summary>A mapping in the order written; keys are unique (the reader reports the others).</summary>
internal sealed class YamlMapping(Position at, ImmutableArray<YamlEntry> entries) : YamlNode(at)
{
    public ImmutableArray<YamlEntry> Entries { get; } = entries;

    public override string KindText => "a mapping";

    /// <summary>The index of a key, or -1. Linear: a section of a config has few keys.</summary>
    public int IndexOf(string key)
    {
        for (int index = 0; index < Entries.Length; index++)
            if (Entries[index].Key == key) return index;
        return -1;
    }

    /// <summary>The value of a key, or null where it is not written or is written empty.</summary>
    public YamlNode? Find(string key)
    {
        int index = IndexOf(key);
        return index < 0 || Entries[index].Value.IsNull ? null : Entries[index].Value;
    }
}

/// <summary>A list in the order written.</summary>
internal sealed class YamlSequence(Position at, ImmutableArray<YamlNode> items) : YamlNode(at)
{
    public ImmutableArray<YamlNode> Items { get; } = items;

    public override string KindText => "a list";
}

/// <summary>A single value: its text, and whether it was written bare (only bare text can mean null).</summary>
internal sealed class YamlScalar(Position at, string text, YamlScalarStyle style) : YamlNode(at)
{
    public string Text { get; } = text;

    public YamlScalarStyle Style { get; } = style;

    public override string KindText => "a single value";

    public override bool IsNull => Style == YamlScalarStyle.Plain && Text is ("" or "~" or "null");
}

/// <summary>How a scalar was written, as far as positions inside it need to know.</summary>
internal enum YamlScalarStyle
{
    Plain,
    Quoted,
    Block,
}
