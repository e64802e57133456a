using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>Where a family of ours stands in Linkerd's tree. Several series that come to the same place are added up.</summary>
/// <param name="Path">
/// Elements between slashes; <c>{label}</c> is the label's value as one element, whatever slashes it has, its first slash left off;
/// <c>{exception}</c> is made of stage and cause.
/// </param>
/// <param name="Kind">What the place holds.</param>
/// <param name="Family">Our name.</param>
/// <param name="Factor">From our unit to Linkerd's.</param>
/// <param name="Label">A label that a series must have to count here; null for all series.</param>
/// <param name="Values">The values of it that count here, between bars: <c>dead|probing</c>.</param>
internal sealed record LinkerdRule(string Path, LinkerdKind Kind, string Family, double Factor = 1, string? Label = null, string Values = "")
{
    /// <summary>The place is there from the first of the family's series on, with 0 until one comes that counts.</summary>
    public bool ShowsZero { get; init; }

    private const string ExceptionElement = "{exception}";

    private readonly ImmutableArray<string> _elements = [.. Path.Split('/')];
    private readonly ImmutableArray<string> _values = [.. Values.Split('|')];

    /// <summary>The elements for a series; false when it shows nothing here, or lacks a label (as the overflow series does).</summary>
    /// <param name="labels">The series'.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="counts">It counts there.</param>
    public bool TryPlace(LabelSet labels, [NotNullWhen(true)] out string[]? place, out bool counts)
    {
        place = null;
        counts = Label is null || (ValueOf(labels, Label) is { } value && _values.Contains(value));
        if (!counts && !ShowsZero) return false;
        var elements = new string[_elements.Length];
        for (int i = 0; i < elements.Length; i++)
        {
            if (Element(_elements[i], labels) is not { } element) return false;
            elements[i] = element;
        }

        place = elements;
        return true;
    }

    private static string? Element(string template, LabelSet labels)
    {
        if (!template.StartsWith('{')) return template;
        if (template == ExceptionElement)
        {
            string? stage = ValueOf(labels, RoutingMetricLabels.Stage), cause = ValueOf(labels, RoutingMetricLabels.Cause);
            return stage is null || cause is null ? null : LinkerdExceptions.NameOf(stage, cause);
        }

        string? value = ValueOf(labels, template[1..^1]);
        if (value is null) return null;
        if (template == "{status}") return value.ToUpperInvariant();
        return value.StartsWith('/') ? value[1..] : value;
    }

    private static string? ValueOf(LabelSet labels, string name)
    {
        foreach (MetricLabel label in labels.Labels)
        {
            if (label.Name == name) return label.Value;
        }

        return null;
    }
}
