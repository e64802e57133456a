using System.Text.Json;
using Mesh.Discovery.Names;

namespace Mesh.Node.Admin.Dtabs;

/// <summary>A bound tree in namerd's JSON: a delegation tree's nodes without path and dentry.</summary>
internal static class BoundTreeJson
{
    /// <summary>Null while the addresses of a destination are not known yet.</summary>
    /// <param name="tree">What a name came to.</param>
    /// <param name="seen">Addresses as whoever asks uses them.</param>
    public static byte[]? Line(NameTree<Name.Bound> tree, Func<AddressState, AddressState> seen) =>
        HasPending(tree) ? null : DtabBodies.Line(json => Write(json, tree, seen));

    private static bool HasPending(NameTree<Name.Bound> tree) => tree switch
    {
        NameTree<Name.Bound>.Leaf leaf => leaf.Value.Destination.Addresses.Current is AddressState.Pending,
        NameTree<Name.Bound>.Alt alt => alt.Trees.Any(HasPending),
        NameTree<Name.Bound>.Union union => union.Branches.Any(static branch => HasPending(branch.Tree)),
        _ => false,
    };

    private static void Write(Utf8JsonWriter json, NameTree<Name.Bound> tree, Func<AddressState, AddressState> seen)
    {
        json.WriteStartObject();
        json.WriteString("type", tree switch
        {
            NameTree<Name.Bound>.Leaf => "leaf",
            NameTree<Name.Bound>.Alt => "alt",
            NameTree<Name.Bound>.Union => "union",
            NameTree<Name.Bound>.Fail => "fail",
            NameTree<Name.Bound>.Empty => "empty",
            _ => "neg",
        });
        switch (tree)
        {
            case NameTree<Name.Bound>.Leaf { Value: var bound }:
                DelegateTreeJson.WriteBound(json, bound.Destination.Id, bound.Residual, seen(bound.Destination.Addresses.Current));
                break;
            case NameTree<Name.Bound>.Alt alt:
                json.WriteStartArray("alt");
                foreach (NameTree<Name.Bound> each in alt.Trees) Write(json, each, seen);
                json.WriteEndArray();
                break;
            case NameTree<Name.Bound>.Union union:
                json.WriteStartArray("union");
                foreach (NameTree<Name.Bound>.Weighted branch in union.Branches)
                {
                    json.WriteStartObject();
                    json.WriteNumber("weight", branch.Weight);
                    json.WritePropertyName("tree");
                    Write(json, branch.Tree, seen);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }
}
