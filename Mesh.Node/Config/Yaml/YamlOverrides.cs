using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Node.Config.Yaml;

/// <summary>Sets single values of a tree by path: <c>routers.0.servers.0.port=0</c>, as <c>--set</c> of the command line does.</summary>
/// <remarks>
/// Keys are names, items of lists are indices from 0. A key that is not there is added, mappings on the way too; an index must exist, and a
/// mapping or list
/// is never replaced. An empty value brings the default back. Trees are immutable: the path is copied, the rest is shared.
/// </remarks>
internal static class YamlOverrides
{
    /// <summary>Longest path, keys and indices.</summary>
    public const int MaxDepth = YamlLimits.MaxDepth;

    /// <summary>The tree with all assignments made in order; those that cannot be made are faults.</summary>
    public static YamlNode Apply(YamlNode root, IReadOnlyList<string> assignments, FaultList faults)
    {
        foreach (string assignment in assignments)
        {
            Position at = Position.Of($"--set {Quoting.Clip(assignment)}");
            int equals = assignment.IndexOf('=');
            string[] path = equals <= 0 ? [] : assignment[..equals].Split('.');
            if (path.Length is 0 or > MaxDepth || path.Contains(""))
            {
                faults.Fault(at, "not of the form `a.b=value`; write keys and list indices with dots between, such as `routers.0.servers.0.port=0`");
                continue;
            }

            var scalar = new YamlScalar(at, assignment[(equals + 1)..], YamlScalarStyle.Plain);
            root = With(root, path, scalar, faults) ?? root;
        }

        return root;
    }

    private static YamlNode? With(YamlNode node, ReadOnlySpan<string> path, YamlScalar value, FaultList faults)
    {
        if (path.IsEmpty)
        {
            if (node is YamlScalar) return value;
            faults.Fault(value.At, $"this is {node.KindText} in the file; go on with the path to one value in it");
            return null;
        }

        if (node.IsNull) node = new YamlMapping(value.At, []);
        switch (node)
        {
            case YamlMapping mapping:
                return WithEntry(mapping, path, value, faults);
            case YamlSequence sequence:
                return WithItem(sequence, path, value, faults);
            default:
                faults.Fault(value.At, $"{Quoting.Quote(path[0])} would be inside a single value; shorten the path");
                return null;
        }
    }

    private static YamlMapping? WithEntry(YamlMapping mapping, ReadOnlySpan<string> path, YamlScalar value, FaultList faults)
    {
        int index = mapping.IndexOf(path[0]);
        YamlEntry entry = index < 0
            ? new YamlEntry(value.At, path[0], new YamlScalar(value.At, "", YamlScalarStyle.Plain))
            : mapping.Entries[index];
        YamlNode? changed = With(entry.Value, path[1..], value, faults);
        if (changed is null) return null;
        entry = entry with { Value = changed };
        ImmutableArray<YamlEntry> entries = index < 0 ? mapping.Entries.Add(entry) : mapping.Entries.SetItem(index, entry);
        return new YamlMapping(mapping.At, entries);
    }

    private static YamlSequence? WithItem(YamlSequence sequence, ReadOnlySpan<string> path, YamlScalar value, FaultList faults)
    {
        bool isNumber = int.TryParse(path[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index);
        if (!isNumber || index >= sequence.Items.Length)
        {
            string there = sequence.Items.IsEmpty ? "which is empty" : $"whose items are 0 to {sequence.Items.Length - 1}";
            faults.Fault(value.At, $"{Quoting.Quote(path[0])} is no item of a list {there}");
            return null;
        }

        YamlNode? changed = With(sequence.Items[index], path[1..], value, faults);
        return changed is null ? null : new YamlSequence(sequence.At, sequence.Items.SetItem(index, changed));
    }
}
