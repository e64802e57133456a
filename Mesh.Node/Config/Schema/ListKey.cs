using System.Collections.Immutable;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>What holds for every list.</summary>
internal static class Lists
{
    /// <summary>Most items of a list. Linkerd's largest example has four routers.</summary>
    public const int MaxItems = 1000;
}

/// <summary>A list whose items are all of one key's kind.</summary>
internal sealed class ListKey<T>(string name, Key<T> item, ImmutableArray<T> whenAbsent, string doc) : Key<ImmutableArray<T>>(name, doc)
{
    /// <summary>How docs write the default.</summary>
    public string Absent { get; init; } = "none";

    /// <summary>Fewest items of a list that is written.</summary>
    public int Least { get; init; }

    /// <summary>Most items.</summary>
    public int Most { get; init; } = Lists.MaxItems;

    /// <summary>True where one item may stand without the list's dash, as Linkerd allows for identifiers.</summary>
    public bool OneOrMany { get; init; }

    public override KeyShape Shape => new(
        $"list of {item.Shape.Type}", Required ? "" : Absent, item.Shape.Unit,
        Most == Lists.MaxItems ? item.Shape.Range : $"at most {Numbers.Text(Most)}");

    public override IEnumerable<Below> Below
    {
        get
        {
            foreach (Below below in item.Below) yield return below with { Suffix = "[]" + below.Suffix };
        }
    }

    public override KindTable? Kinds => item.Kinds;

    public override ScalarForm Form => item.Form;

    public override Section? SectionOf(YamlMapping value) => item.SectionOf(value);

    public override void Check(Position keyAt, YamlNode value, CheckContext context)
    {
        if (value is not YamlSequence sequence)
        {
            if (OneOrMany && value is YamlMapping) item.Check(keyAt, value, context);
            else context.Faults.Fault(value.At, $"`{Name}` is {value.KindText}; it must be a list: each item on a line of its own after `- `");
            return;
        }

        if (sequence.Items.Length < Least) context.Faults.Fault(value.At, $"`{Name}` is empty; it needs at least {Numbers.Text(Least)}: {Doc}");
        if (sequence.Items.Length > Most)
            context.Faults.Fault(value.At, $"`{Name}` has {Numbers.Text(sequence.Items.Length)} items; at most {Numbers.Text(Most)} are allowed");
        foreach (YamlNode each in sequence.Items) item.Check(each.At, each, context);
    }

    public override ImmutableArray<T> Read(YamlNode? value)
    {
        if (value is null) return whenAbsent;
        if (value is not YamlSequence sequence) return [item.Read(value)];
        var items = ImmutableArray.CreateBuilder<T>(sequence.Items.Length);
        foreach (YamlNode each in sequence.Items) items.Add(item.Read(each));
        return items.ToImmutable();
    }
}
