using System.Text.Json;
using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Admin;

/// <summary>A delegation tree in Linkerd 1's JSON: its dashboard and scripts read <c>type</c> and these names.</summary>
internal static class DelegateTreeJson
{
    public static void Write(Utf8JsonWriter json, DelegateTree tree)
    {
        json.WriteStartObject();
        json.WriteString("type", Type(tree));
        json.WriteString("path", tree.Shown);
        if (tree.Dentry is { } dentry)
        {
            json.WriteStartObject("dentry");
            json.WriteString("prefix", dentry.Prefix.ToString());
            json.WriteString("dst", dentry.Destination.ToString());
            json.WriteEndObject();
        }

        WriteRest(json, tree);
        json.WriteEndObject();
    }

    private static string Type(DelegateTree tree) => tree switch
    {
        DelegateTree.Empty => "empty",
        DelegateTree.Fail => "fail",
        DelegateTree.Neg => "neg",
        DelegateTree.Delegate => "delegate",
        DelegateTree.Leaf => "leaf",
        DelegateTree.Alt => "alt",
        DelegateTree.Union => "union",
        DelegateTree.Transformation => "transformation",
        _ => "exception",
    };

    private static void WriteRest(Utf8JsonWriter json, DelegateTree tree)
    {
        switch (tree)
        {
            case DelegateTree.Failed failed:
                json.WriteString("message", failed.Message);
                break;
            case DelegateTree.Pending:
                json.WriteString("message", DelegateTree.Pending.Message);
                break;
            case DelegateTree.Delegate one:
                json.WritePropertyName("delegate");
                Write(json, one.Tree);
                break;
            case DelegateTree.Leaf leaf:
                WriteBound(json, leaf.Bound.Destination.Id, leaf.Bound.Residual, leaf.Addresses);
                break;
            case DelegateTree.Alt alt:
                json.WriteStartArray("alt");
                foreach (DelegateTree each in alt.Trees) Write(json, each);
                json.WriteEndArray();
                break;
            case DelegateTree.Union union:
                WriteUnion(json, union);
                break;
            case DelegateTree.Transformation changed:
                json.WriteString("name", changed.Name);
                WriteBound(json, changed.Bound.Destination.Id, changed.Bound.Residual, changed.Addresses);
                json.WritePropertyName("tree");
                Write(json, changed.Tree);
                break;
        }
    }

    private static void WriteUnion(Utf8JsonWriter json, DelegateTree.Union union)
    {
        json.WriteStartArray("union");
        foreach (DelegateTree.Weighted branch in union.Branches)
        {
            json.WriteStartObject();
            json.WriteNumber("weight", branch.Weight);
            json.WritePropertyName("tree");
            Write(json, branch.Tree);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The field <c>bound</c>: a destination with its addresses and the residual path.</summary>
    public static void WriteBound(Utf8JsonWriter json, Path id, Path residual, AddressState addresses)
    {
        json.WriteStartObject("bound");
        json.WritePropertyName("addr");
        WriteAddresses(json, addresses);
        json.WriteString("id", id.ToString());
        json.WriteString("path", residual.ToString());
        json.WriteEndObject();
    }

    /// <summary>What is known of a destination's addresses, as one value.</summary>
    public static void WriteAddresses(Utf8JsonWriter json, AddressState addresses)
    {
        json.WriteStartObject();
        switch (addresses)
        {
            case AddressState.Known known:
                json.WriteString("type", "bound");
                json.WriteStartArray("addrs");
                foreach (WeightedAddress address in known.Addresses) Write(json, address);
                json.WriteEndArray();
                json.WriteStartObject("meta");
                json.WriteEndObject();
                break;
            case AddressState.Failed failed:
                json.WriteString("type", "failed");
                json.WriteString("cause", failed.Reason);
                break;
            default:
                json.WriteString("type", addresses is AddressState.Neg ? "neg" : "pending");
                break;
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WeightedAddress address)
    {
        json.WriteStartObject();
        json.WriteString("ip", address.EndPoint.Address.ToString());
        json.WriteNumber("port", address.EndPoint.Port);
        json.WriteStartObject("meta");
        AddressMeta.Write(json, address);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
