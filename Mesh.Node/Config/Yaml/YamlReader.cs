using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Node.Config.Yaml;

/// <summary>Reads YAML, and with it JSON, into a positioned tree; reports duplicate keys, limits and bad syntax with their places.</summary>
/// <remarks>
/// Nothing can be known behind the first syntax error, so then that one is reported and there is no tree. Recursion is bounded by
/// <see cref="YamlLimits.MaxDepth"/>; aliases share nodes, and their full size counts against <see cref="YamlLimits.MaxNodes"/>.
/// </remarks>
internal sealed class YamlReader
{
    private readonly YamlSource _source;
    private readonly FaultList _faults;
    private readonly YamlEvents _events;
    private readonly Dictionary<string, Anchored> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(YamlSource source, FaultList faults)
    {
        _source = source;
        _faults = faults;
        _events = new YamlEvents(source, faults);
    }

    private readonly record struct Anchored(YamlNode Node, int Size, int Height);

    /// <summary>The tree of a file's only document (an empty mapping for an empty file), or null where no tree can be known.</summary>
    public static YamlNode? Read(YamlSource source, FaultList faults) => new YamlReader(source, faults).ReadFile();

    private YamlNode? ReadFile()
    {
        Position start = _source.At(0);
        if (!_events.Next()) return Whole(new YamlMapping(start, []));
        if (_events.Current is StreamStart && !_events.Next()) return Whole(new YamlMapping(start, []));
        if (_events.Current is StreamEnd) return new YamlMapping(start, []);
        if (_events.Current is DocumentStart && !_events.Next()) return Whole(new YamlMapping(start, []));
        YamlNode? root = ReadNode(depth: 1, out _);
        if (root is null || !_events.Next()) return Whole(root);
        if (_events.Next() && _events.Current is DocumentStart second)
            _events.Stop(_events.At(second), "a second document begins; one file holds one config");
        return Whole(root);
    }

    private YamlNode? Whole(YamlNode? root) => _events.Stopped ? null : root;

    /// <summary>The node that begins at the current event; leaves its last event current. Null once reading has stopped.</summary>
    private YamlNode? ReadNode(int depth, out int height)
    {
        height = 1;
        Position at = _events.At(_events.Current);
        if (depth > YamlLimits.MaxDepth)
            return Stop(at, $"more than {YamlLimits.MaxDepth} levels are nested here; a config needs fewer than twelve");
        if (++_nodes > YamlLimits.MaxNodes) return TooManyNodes(at);

        int before = _nodes;
        string? anchor = _events.Current is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : null;
        YamlNode? node = _events.Current switch
        {
            Scalar scalar => new YamlScalar(at, scalar.Value, StyleOf(scalar)),
            MappingStart => ReadMapping(at, depth, out height),
            SequenceStart => ReadSequence(at, depth, out height),
            AnchorAlias alias => ReadAlias(alias, at, depth, out height),
            _ => Stop(at, "a value is expected here; write one, or remove the key"),
        };
        if (node is not null && anchor is not null) _anchors[anchor] = new Anchored(node, 1 + _nodes - before, height);
        return node;
    }

    private YamlMapping? ReadMapping(Position at, int depth, out int height)
    {
        height = 1;
        var entries = ImmutableArray.CreateBuilder<YamlEntry>();
        var seen = new Dictionary<string, Position>(StringComparer.Ordinal);
        while (_events.Next() && _events.Current is not MappingEnd)
        {
            Position keyAt = _events.At(_events.Current);
            YamlNode? key = ReadNode(depth + 1, out _);
            if (key is null || !_events.Next()) return null;
            YamlNode? value = ReadNode(depth + 1, out int below);
            if (value is null) return null;
            height = Math.Max(height, below + 1);
            if (key is not YamlScalar { Text: var name })
                _faults.Fault(keyAt, $"a key must be plain text, not {key.KindText}; write `name: value`");
            else if (seen.TryGetValue(name, out Position first))
                _faults.Fault(keyAt, $"duplicate key {Quoting.Quote(name)}, already written at {first.Short}; keep one of them");
            else
            {
                seen.Add(name, keyAt);
                entries.Add(new YamlEntry(keyAt, name, value));
            }
        }

        return _events.Stopped ? null : new YamlMapping(at, entries.ToImmutable());
    }

    private YamlSequence? ReadSequence(Position at, int depth, out int height)
    {
        height = 1;
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (_events.Next() && _events.Current is not SequenceEnd)
        {
            YamlNode? item = ReadNode(depth + 1, out int below);
            if (item is null) return null;
            height = Math.Max(height, below + 1);
            items.Add(item);
        }

        return _events.Stopped ? null : new YamlSequence(at, items.ToImmutable());
    }

    private YamlNode? ReadAlias(AnchorAlias alias, Position at, int depth, out int height)
    {
        height = 1;
        if (!_anchors.TryGetValue(alias.Value.Value, out Anchored target))
            return Stop(at, $"no anchor `&{Quoting.Clip(alias.Value.Value)}` ends before this alias; define it above, or write the value out");
        height = target.Height;
        if (depth + height > YamlLimits.MaxDepth) return Stop(at, $"this alias nests more than {YamlLimits.MaxDepth} levels; write the value out");
        if (target.Size > YamlLimits.MaxNodes - _nodes) return TooManyNodes(at);
        _nodes += target.Size;
        return target.Node;
    }

    private YamlNode? TooManyNodes(Position at) =>
        Stop(at, $"more than {YamlLimits.MaxNodes} values, aliases counted in full; a config needs a few hundred");

    private YamlNode? Stop(Position at, string what)
    {
        _events.Stop(at, what);
        return null;
    }

    private static YamlScalarStyle StyleOf(Scalar scalar) => scalar.Style switch
    {
        ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => YamlScalarStyle.Quoted,
        ScalarStyle.Literal or ScalarStyle.Folded => YamlScalarStyle.Block,
        _ => YamlScalarStyle.Plain,
    };
}
