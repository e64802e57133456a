using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Mesh.Wire.Metrics;

/// <summary>The labels that tell one series of a family from another: at most <see cref="MaximumLabels"/> pairs in the order given.</summary>
/// <remarks>Immutable and compared by value. Built when a snapshot is built, never per request.</remarks>
public sealed class LabelSet : IEquatable<LabelSet>
{
    /// <summary>Labels in one set; more is a fault of the calling code.</summary>
    public const int MaximumLabels = 8;

    /// <summary>UTF-16 units of one value; what is longer ends in an ellipsis, so that a name from outside cannot fill the exposition.</summary>
    public const int MaximumValueLength = 512;

    public static readonly LabelSet Empty = new([]);

    private readonly int _hash;

    /// <summary>The hash goes on from that of the labels before, so that each label is hashed once however many sets begin with it.</summary>
    private LabelSet(ImmutableArray<MetricLabel> labels, int hashed = 0, int hash = 0)
    {
        Labels = labels;
        _hash = hash;
        foreach (MetricLabel label in labels.AsSpan(hashed..)) _hash = HashCode.Combine(_hash, label);
    }

    public ImmutableArray<MetricLabel> Labels { get; }

    /// <exception cref="ArgumentException">A name breaks Prometheus' rules, comes twice, or there are too many.</exception>
    public static LabelSet Of(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        return pairs.IsEmpty ? Empty : Empty.With(pairs);
    }

    /// <summary>These labels and then the <paramref name="pairs"/>.</summary>
    /// <exception cref="ArgumentException">A name breaks Prometheus' rules, comes twice, or there are too many.</exception>
    public LabelSet With(params ReadOnlySpan<(string Name, string Value)> pairs)
    {
        if (Labels.Length + pairs.Length > MaximumLabels)
        {
            throw new ArgumentException($"a series takes at most {MaximumLabels} labels", nameof(pairs));
        }

        var all = new MetricLabel[Labels.Length + pairs.Length];
        Labels.CopyTo(all);
        int count = Labels.Length;
        foreach ((string name, string value) in pairs)
        {
            MetricNameRules.ThrowUnlessLabel(name);
            foreach (MetricLabel earlier in all.AsSpan(..count))
            {
                if (earlier.Name == name) throw new ArgumentException($"label '{name}' comes twice", nameof(pairs));
            }

            all[count++] = new MetricLabel(name, Shorten(value));
        }

        return new LabelSet(ImmutableCollectionsMarshal.AsImmutableArray(all), Labels.Length, _hash);
    }

    public bool Equals(LabelSet? other) =>
        other is not null && other._hash == _hash && other.Labels.AsSpan().SequenceEqual(Labels.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode() => _hash;

    public override string ToString() => "{" + string.Join(",", Labels.Select(l => $"{l.Name}={l.Value}")) + "}";

    private static string Shorten(string value)
    {
        if (value.Length <= MaximumValueLength) return value;
        int keep = MaximumValueLength - 1;
        if (char.IsHighSurrogate(value[keep - 1])) keep--;
        return string.Concat(value.AsSpan(0, keep), "\u2026");
    }
}

/// <summary>One label, value unescaped.</summary>
public readonly record struct MetricLabel(string Name, string Value);
