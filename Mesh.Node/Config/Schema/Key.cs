using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>What Mesh does with a key that it knows.</summary>
internal enum Support
{
    /// <summary>Acts on it.</summary>
    Supported,

    /// <summary>Refuses it: to load it silently would change routing, load or security.</summary>
    NotSupported,

    /// <summary>Loads it with a warning: nothing that traffic could notice depends on it.</summary>
    Inert,
}

/// <summary>A key's columns in docs/CONFIG.md.</summary>
internal readonly record struct KeyShape(string Type, string Default = "", string Unit = "", string Range = "");

/// <summary>What a single value is in JSON.</summary>
internal enum ScalarForm
{
    Text,
    Number,
    Boolean,

    /// <summary>Whatever YAML says a bare value is; for values that no key describes.</summary>
    AsWritten,
}

/// <summary>A section that a key leads to; the suffix goes behind the key's path, such as <c>[]</c> or <c> (kind: io.l5d.fs)</c>.</summary>
internal readonly record struct Below(string Suffix, Section Section);

/// <summary>What checking needs besides the node: where faults go, the text they point into, and the world outside the file.</summary>
internal sealed record CheckContext(FaultList Faults, YamlSource Source, ConfigHooks Hooks);

/// <summary>One key of a section: its name, type, default, unit, range and meaning, declared once, for checks, reading and docs alike.</summary>
internal abstract class Key(string name, string doc)
{
    public string Name { get; } = name;

    /// <summary>One sentence that tells an operator what the value is.</summary>
    public string Doc { get; } = doc;

    /// <summary>True where leaving the key out is a fault.</summary>
    public bool Required { get; init; }

    /// <summary>True for a value that only the node may know, such as a token: it is masked wherever a config is shown.</summary>
    public bool Secret { get; init; }

    public Support Support { get; protected init; }

    /// <summary>What a single value of this key is in JSON.</summary>
    public virtual ScalarForm Form => ScalarForm.Text;

    public abstract KeyShape Shape { get; }

    /// <summary>The sections that this key's value is made of.</summary>
    public virtual IEnumerable<Below> Below => [];

    /// <summary>The section that describes this mapping, a value (or, for a list, an item) of this key; null where none does.</summary>
    public virtual Section? SectionOf(YamlMapping value) => null;

    /// <summary>The kinds that this key's value can be of, for docs that list what is not supported; null where it has none.</summary>
    public virtual KindTable? Kinds => null;

    /// <summary>Reports all that is wrong with a value. Called for values that are written and not null.</summary>
    public abstract void Check(Position keyAt, YamlNode value, CheckContext context);
}

/// <summary>A key whose value is read as <typeparamref name="T"/>.</summary>
internal abstract class Key<T>(string name, string doc) : Key(name, doc)
{
    /// <summary>The value; the default where none is written. Scalars also give the default for a bad value, so that rules can go on.</summary>
    public abstract T Read(YamlNode? value);
}
