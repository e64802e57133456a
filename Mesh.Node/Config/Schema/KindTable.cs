using System.Collections.Immutable;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>One row of a table of kinds: the plugin that a <c>kind:</c> (or <c>protocol:</c>) names.</summary>
/// <param name="Name">Its full name, as Linkerd writes it.</param>
/// <param name="Doc">One sentence for docs and for the fault where it is not supported.</param>
/// <param name="Section">Its keys; null where Mesh does not look at them.</param>
/// <param name="Support">Whether Mesh acts on it.</param>
internal record Kind(string Name, string Doc, Section? Section, Support Support)
{
    private const string Vendor = "io.l5d.";

    /// <summary>Further full names, such as those that Linkerd has for the same in an h2 router.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    public static Kind NotSupported(string name, string doc) => new(name, doc, null, Support.NotSupported);

    public static Kind Inert(string name, string doc) => new(name, doc, null, Support.Inert);

    /// <summary>The full name matches, or an alias, and so do both sides without <c>io.l5d.</c>.</summary>
    public bool Answers(string name) => Bare(name) == Bare(Name) || Aliases.Any(alias => Bare(name) == Bare(alias));

    /// <summary>A name without <c>io.l5d.</c>.</summary>
    public static string Bare(string name) => name.StartsWith(Vendor, StringComparison.Ordinal) ? name[Vendor.Length..] : name;
}

/// <summary>A kind that becomes a record.</summary>
internal sealed record Kind<T>(string Name, string Doc, Section<T> Typed) : Kind(Name, Doc, Typed, Support.Supported);

/// <summary>All kinds that one place of a config can hold.</summary>
/// <param name="Noun">What messages call one: <c>a namer</c>.</param>
/// <param name="Selector">The key that names the kind.</param>
/// <param name="Default">The kind where none is named; null where one must be.</param>
/// <param name="Rows">Supported kinds first: docs and messages keep the order.</param>
internal sealed record KindTable(string Noun, string Selector, string? Default, ImmutableArray<Kind> Rows)
{
    /// <summary>True where a kind that nobody knows is no fault, since nothing depends on it (telemetry plugins).</summary>
    public bool UnknownIsInert { get; init; }

    /// <summary>The kind by whose keys a mapping of unknown kind is checked, so that a slip in its name hides no other fault; or null.</summary>
    public string? UnknownIsCheckedAs { get; init; }

    public Kind? Find(string name)
    {
        foreach (Kind kind in Rows)
            if (kind.Answers(name)) return kind;
        return null;
    }

    /// <summary>The kind that a mapping names, or the default one; null where neither is known.</summary>
    public Kind? Named(YamlMapping? mapping) =>
        ((mapping?.Find(Selector) as YamlScalar)?.Text ?? Default) is { } name ? Find(name) : null;

    /// <summary>Reports what is wrong with a mapping whose kind this table knows, or should.</summary>
    public void Check(YamlNode value, CheckContext context)
    {
        if (value is not YamlMapping mapping)
        {
            context.Faults.Fault(value.At, $"{Noun} is {value.KindText} here; it must be a mapping that begins with `{Selector}: {Rows[0].Name}`");
            return;
        }

        YamlNode? written = mapping.Find(Selector);
        if (written is null && Default is null)
            context.Faults.Fault(mapping.At, $"{Noun} needs `{Selector}`; {Known()}");
        else if (written is not null and not YamlScalar)
            context.Faults.Fault(written.At, $"`{Selector}` is {written.KindText}; {Known()}");
        else
            CheckNamed(mapping, written?.At ?? mapping.At, (written as YamlScalar)?.Text ?? Default!, context);
    }

    /// <summary>The supported kinds, for a message.</summary>
    public string Known()
    {
        var names = new List<string>();
        foreach (Kind kind in Rows)
            if (kind.Support == Support.Supported) names.Add($"`{kind.Name}`");
        return names.Count == 0 ? "no kind is supported" : $"{(names.Count == 1 ? "supported is" : "supported are")} {string.Join(", ", names)}";
    }

    private void CheckNamed(YamlMapping mapping, Position at, string name, CheckContext context)
    {
        Kind? kind = Find(name);
        if (kind is { Support: Support.NotSupported })
            context.Faults.Fault(at, $"{Selector} {Quoting.Quote(name)} is not supported ({kind.Doc.TrimEnd('.')}); {Known()}");
        else if (kind is { Support: Support.Inert })
            context.Faults.Warn(at, $"{Selector} `{kind.Name}` has no effect; {kind.Doc}");
        else if (kind is not null)
            kind.Section!.Check(mapping, context, this);
        else if (UnknownIsInert)
            context.Faults.Warn(at, $"{Selector} {Quoting.Quote(name)} is unknown and has no effect");
        else
        {
            context.Faults.Fault(at, $"unknown {Selector} {Quoting.Quote(name)} for {Noun}; {Suggestions.DidYouMean(name, Rows)}{Known()}");
            if (UnknownIsCheckedAs is { } assumed) Find(assumed)!.Section!.Check(mapping, context, this);
        }
    }
}

/// <summary>A key whose mapping is of one of the kinds of a table.</summary>
/// <remarks>A table stands in a class of its own: in one class with keys that lead to it, static fields would meet each other half made.</remarks>
internal sealed class KindKey<T>(string name, KindTable table, string doc) : Key<T>(name, doc)
{
    private readonly KindTable _table = table ?? throw new ArgumentNullException(nameof(table));

    public override KeyShape Shape => new("mapping", _table.Default is null ? "" : $"{_table.Selector}: {_table.Default}");

    public override IEnumerable<Below> Below
    {
        get
        {
            foreach (Kind kind in _table.Rows)
                if (kind.Section is { } section) yield return new Below($" ({_table.Selector}: {kind.Name})", section);
        }
    }

    /// <summary>The table, for docs that list what is not supported.</summary>
    public override KindTable? Kinds => _table;

    public override Section? SectionOf(YamlMapping value) => _table.Named(value)?.Section;

    public override void Check(Position keyAt, YamlNode value, CheckContext context) => _table.Check(value, context);

    public override T Read(YamlNode? value)
    {
        if (_table.Named(value as YamlMapping) is Kind<T> kind) return kind.Typed.Build(value);
        throw new InvalidOperationException($"{_table.Noun} was read although its check reports a fault");
    }
}
