using System.Net;
using System.Text;
using System.Text.Json;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namerd;

/// <summary>A leaf of namerd's answer: a destination's id, what was left of the name, and its addresses as they were.</summary>
internal sealed record RemoteLeaf(Names.Path Id, Names.Path Residual, AddressState Addresses);

/// <summary>Reads the documents of <c>/api/1/bind</c> and <c>/api/1/addr</c>: delegation trees, and sets of addresses.</summary>
/// <remarks>Pure. Source: Linkerd's DelegateApiHandler (JsonDelegateTree, Addr).</remarks>
internal static class NamerdJson
{
    /// <summary>Characters of a document that is none, in a message.</summary>
    private const int MaxQuoted = 200;

    /// <summary>False where it is no such document; the text is then what namerd says instead, in one line.</summary>
    public static bool TryReadTree(ReadOnlySpan<byte> line, out NameTree<RemoteLeaf> tree, out string wrong) =>
        TryRead(line, Tree, new NameTree<RemoteLeaf>.Neg(), out tree, out wrong);

    /// <summary>As the other.</summary>
    public static bool TryReadAddresses(ReadOnlySpan<byte> line, out AddressState addresses, out string wrong) =>
        TryRead(line, Addresses, AddressState.Pending.Instance, out addresses, out wrong);

    /// <summary>The beginning of what came, fit for a log.</summary>
    public static string Quote(ReadOnlySpan<byte> line)
    {
        string text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 4 * MaxQuoted)]);
        text = string.Concat(text.Where(static character => !char.IsControl(character))).Trim();
        return text.Length <= MaxQuoted ? text : text[..MaxQuoted] + "...";
    }

    private static bool TryRead<T>(ReadOnlySpan<byte> line, Func<JsonElement, T> read, T otherwise, out T value, out string wrong)
    {
        value = otherwise;
        wrong = "";
        try
        {
            Utf8JsonReader reader = new(line);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            value = read(document.RootElement);
            return true;
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            // namerd's own words for what went wrong come as a line too, and are no JSON.
            wrong = line.IsEmpty ? "an empty line" : $"\"{Quote(line)}\"";
            return false;
        }
    }

    private static NameTree<RemoteLeaf> Tree(JsonElement json) => json.GetProperty("type").GetString() switch
    {
        "neg" => new NameTree<RemoteLeaf>.Neg(),
        "fail" or "exception" => new NameTree<RemoteLeaf>.Fail(),
        "empty" => new NameTree<RemoteLeaf>.Empty(),
        "leaf" => NameTree.Leaf(Leaf(json.GetProperty("bound"))),
        "delegate" => Tree(json.GetProperty("delegate")),
        "transformation" => Tree(json.GetProperty("tree")),
        "alt" => NameTree.AltOf<RemoteLeaf>([.. json.GetProperty("alt").EnumerateArray().Select(Tree)]),
        "union" => new NameTree<RemoteLeaf>.Union([.. json.GetProperty("union").EnumerateArray().Select(Share)]),
        var other => throw new FormatException(other),
    };

    private static NameTree<RemoteLeaf>.Weighted Share(JsonElement branch)
    {
        double weight = branch.GetProperty("weight").GetDouble();
        if (!double.IsFinite(weight) || weight < 0) throw new FormatException("weight");
        return new NameTree<RemoteLeaf>.Weighted(weight, Tree(branch.GetProperty("tree")));
    }

    private static RemoteLeaf Leaf(JsonElement bound)
    {
        Names.Path residual = bound.TryGetProperty("path", out JsonElement rest) ? PathOf(rest) : Names.Path.Empty;
        return new RemoteLeaf(PathOf(bound.GetProperty("id")), residual, Addresses(bound.GetProperty("addr")));
    }

    private static Names.Path PathOf(JsonElement text) =>
        Names.Path.TryParse(text.GetString() ?? "", out Names.Path? path, out SyntaxError? error)
            ? path
            : throw new FormatException(error.ToString());

    private static AddressState Addresses(JsonElement json) => json.GetProperty("type").GetString() switch
    {
        "bound" => Known(json.GetProperty("addrs"), AddressMeta.AuthorityOf(json)),
        "neg" => AddressState.Neg.Instance,
        "pending" => AddressState.Pending.Instance,
        "failed" => new AddressState.Failed(json.TryGetProperty("cause", out JsonElement cause) ? cause.GetString() ?? "" : ""),
        var other => throw new FormatException(other),
    };

    /// <summary>Each end point once with each instance, in the order given: the last counts, as in a map.</summary>
    private static AddressState.Known Known(JsonElement addresses, string? authority)
    {
        OrderedDictionary<AddressKey, WeightedAddress> all = [];
        foreach (JsonElement each in addresses.EnumerateArray())
        {
            int port = each.GetProperty("port").GetInt32();
            if (!IPAddress.TryParse(each.GetProperty("ip").GetString(), out IPAddress? ip) || port is <= 0 or > IPEndPoint.MaxPort)
                throw new FormatException("address");
            WeightedAddress address = AddressMeta.Read(new IPEndPoint(ip, port), each) with { Authority = authority };
            all[address.Key] = address;
        }

        return new AddressState.Known([.. all.Values]);
    }
}
