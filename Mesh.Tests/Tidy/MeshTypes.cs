using System.Reflection;
using System.Runtime.CompilerServices;

namespace Mesh.Tests.Tidy;

/// <summary>What the product's assemblies hold, by the names that documents use; internals included.</summary>
internal static class MeshTypes
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    /// <summary>Types that somebody wrote, those of the test project excluded.</summary>
    public static IReadOnlyList<Type> All { get; } =
    [
        .. new[] { "Mesh.Wire", "Mesh.Actors", "Mesh.Discovery", "Mesh.Routing", "mesh" }
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .Where(type => !type.Name.Contains('<', StringComparison.Ordinal) && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null),
    ];

    /// <summary>Constants and static read-only fields of whole numbers or spans: where defaults and limits are written.</summary>
    public static IEnumerable<(Type Type, FieldInfo Field)> Constants => All.Where(type => !type.IsEnum && !IsGenerated(type)).SelectMany(type => type
        .GetFields(Everything | BindingFlags.DeclaredOnly)
        .Where(each => (each.IsLiteral || (each.IsStatic && each.IsInitOnly)) && !each.Name.Contains('<', StringComparison.Ordinal))
        .Where(each => each.FieldType == typeof(int) || each.FieldType == typeof(long) || each.FieldType == typeof(TimeSpan))
        .Select(each => (type, each)));

    /// <summary>A type, generic arity and nesting aside, has a member of this name, its own or inherited.</summary>
    public static bool HasMember(string type, string member) => All.Any(each => PlainName(each) == type
        && (each.GetMember(member, Everything | BindingFlags.FlattenHierarchy).Length > 0 || HasInherited(each.BaseType, member)));

    /// <summary>A namespace, type or member by its full name: <c>Mesh.Wire.SplitMix64.Next</c>.</summary>
    public static bool HasFullName(string name)
    {
        if (All.Any(type => type.Namespace is { } space && (space == name || space.StartsWith(name + ".", StringComparison.Ordinal))))
        {
            return true;
        }

        string owner = name[..name.LastIndexOf('.')];
        return All.Any(type => FullName(type) == name)
            || All.Any(type => FullName(type) == owner && type.GetMember(name[(owner.Length + 1)..], Everything).Length > 0);
    }

    /// <summary>The name without generic arity.</summary>
    public static string PlainName(Type type) => type.Name.Split('`')[0];

    private static string FullName(Type type) => (type.FullName ?? type.Name).Replace('+', '.').Split('`')[0];

    /// <summary>A message of Protobuf: its constants number fields, such as one called <c>max</c>.</summary>
    private static bool IsGenerated(Type type) => typeof(Google.Protobuf.IMessage).IsAssignableFrom(type);

    private static bool HasInherited(Type? type, string member) =>
        type is not null && (type.GetMember(member, Everything).Length > 0 || HasInherited(type.BaseType, member));
}
