using System.Collections;
using System.Reflection;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>
/// How many things every collection of a node holds, by the fields that lead to it. Two footprints of one node, with a thousand restarts of others
/// between them, show what is never let go, in whatever room it is.
/// </summary>
/// <remarks>
/// Objects of the product's types are followed through all fields, and collections and calls of the runtime through what they hold; a test's own are
/// not. Entries of one collection share a path, so that a map of maps is one sum.
/// </remarks>
internal sealed class Footprint
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<(object Item, string Path)> _open = new();

    public Footprint(params object[] roots)
    {
        foreach (object root in roots) Meet(root, root.GetType().Name);
        while (_open.TryDequeue(out (object Item, string Path) next)) Follow(next.Item, next.Path);
    }

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>What grew by more than that, one line each.</summary>
    public IEnumerable<string> GrownSince(Footprint before, long slack) =>
        from entry in _counts
        let then = before._counts.GetValueOrDefault(entry.Key)
        where entry.Value > then + slack
        select $"{entry.Key}: {then} -> {entry.Value}";

    private static bool IsOurs(Type type) => type.Assembly == typeof(Mesh.Actors.Address).Assembly;

    private void Meet(object? item, string path)
    {
        if (item is null or string or Type or Array { Rank: > 1 }) return;
        Type type = item.GetType();
        if (type.IsPrimitive || type.IsEnum || type.IsPointer) return;
        if (!type.IsValueType && !_seen.Add(item)) return;
        _open.Enqueue((item, path));
    }

    private void Follow(object item, string path)
    {
        Type type = item.GetType();
        switch (item)
        {
            case Delegate call:
                foreach (Delegate each in call.GetInvocationList()) Meet(each.Target, path + "()");
                return;
            case IEnumerable many and not IQueryable when !IsOurs(type) && type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true:
                if (type.IsArray && type.GetElementType()!.IsPrimitive) return;
                long count = 0;
                foreach (object? each in many)
                {
                    count++;
                    Meet(each, path + "[]");
                }

                _counts[path] = _counts.GetValueOrDefault(path) + count;
                return;
        }

        bool isPair = type.IsGenericType
            && (type.Namespace == "System.Collections.Generic" || type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal));
        if (!IsOurs(type) && !isPair) return;
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            foreach (FieldInfo field in level.GetFields(Fields))
                if (!field.FieldType.IsPointer && !field.FieldType.IsByRefLike) Meet(field.GetValue(item), isPair ? path : $"{path}.{Name(field)}");
        }
    }

    private static string Name(FieldInfo field) =>
        field.Name.StartsWith('<') && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end ? field.Name[1..end] : field.Name;
}
