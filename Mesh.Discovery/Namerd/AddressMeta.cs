using System.Buffers;
using System.Net;
using System.Text.Json;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;
using Mesh.Discovery.Services;

namespace Mesh.Discovery.Namerd;

/// <summary>
/// What namerd's API tells of an address beside IP and port, in its <c>meta</c>: Linkerd's weight, and what nodes of Mesh tell each other, without
/// which an inbound side could not be dialled. Linkerd passes over fields that it does not know.
/// </summary>
/// <remarks>Pure. Whoever plays namerd is believed about where to go, never about what a node may send there in plain.</remarks>
public static class AddressMeta
{
    /// <summary>Asks for addresses of inbound sides too, in a question's query: who asks so can tell one which instance is meant.</summary>
    public const string InstancesParameter = "instances";

    private const string Weight = "endpoint_addr_weight";
    private const string Authority = "authority";
    private const string Instance = "mesh.instance";
    private const string Host = "mesh.host";
    private const string Protocol = "mesh.protocol";
    private const string Doubt = "mesh.doubt";

    /// <summary>Longest authority, characters: a name of DNS and a port.</summary>
    private const int MaxAuthority = HostName.MaxChars + 6;

    private static readonly SearchValues<char> s_hostChars =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~:[]%");

    /// <summary>The fields that differ from what goes without saying.</summary>
    public static void Write(Utf8JsonWriter json, in WeightedAddress address)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (!address.Weight.Equals(NameTree.DefaultWeight)) json.WriteNumber(Weight, address.Weight);
        if (address.Instance is { } instance) json.WriteString(Instance, instance);
        if (address.Host is { } host) json.WriteString(Host, host);
        if (address.Protocol != AddressProtocol.Unsaid)
            json.WriteString(Protocol, address.Protocol == AddressProtocol.Http2 ? ServiceInstance.Http2 : ServiceInstance.Http);
        if (address.Doubt is { } doubt) json.WriteString(Doubt, doubt);
    }

    /// <summary>The address with what its <c>meta</c> says.</summary>
    /// <exception cref="FormatException">An instance or a host that cannot be one: who dialled without it would reach somebody else.</exception>
    internal static WeightedAddress Read(IPEndPoint at, JsonElement address)
    {
        if (!address.TryGetProperty("meta", out JsonElement meta) || meta.ValueKind != JsonValueKind.Object)
            return new WeightedAddress(at, NameTree.DefaultWeight);
        return new WeightedAddress(at, WeightOf(meta))
        {
            Instance = Checked(meta, Instance, IsInstance),
            Host = Checked(meta, Host, IsHost),
            Protocol = Text(meta, Protocol) switch
            {
                ServiceInstance.Http => AddressProtocol.Http1,
                ServiceInstance.Http2 => AddressProtocol.Http2,
                _ => AddressProtocol.Unsaid,
            },
            Doubt = Text(meta, Doubt) is { Length: > 0 } doubt ? Plain(doubt) : null,
        };
    }

    /// <summary>
    /// What requests to all addresses of a set are sent with as their host, as Consul's namer says with <c>setHost</c>; null: their own.
    /// </summary>
    internal static string? AuthorityOf(JsonElement set)
    {
        if (!set.TryGetProperty("meta", out JsonElement meta) || meta.ValueKind != JsonValueKind.Object) return null;
        return Text(meta, Authority) is { } text && IsHost(text) ? text : null;
    }

    private static double WeightOf(JsonElement meta)
    {
        bool isNumber = meta.TryGetProperty(Weight, out JsonElement weight) && weight.ValueKind == JsonValueKind.Number;
        return isNumber && weight.TryGetDouble(out double value) && double.IsFinite(value) && value > 0 ? value : NameTree.DefaultWeight;
    }

    private static string? Checked(JsonElement meta, string field, Func<string, bool> isRight)
    {
        if (!meta.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.GetString() is { } text && isRight(text) ? text : throw new FormatException(field);
    }

    /// <summary>It goes into a header.</summary>
    private static bool IsInstance(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && ServiceNames.IsName(text[..slash]) && ServiceNames.IsName(text[(slash + 1)..]);
    }

    /// <summary>With a port or without: it goes into a header, or into a handshake.</summary>
    private static bool IsHost(string text) => text.Length is > 0 and <= MaxAuthority && !text.AsSpan().ContainsAnyExcept(s_hostChars);

    private static string? Text(JsonElement meta, string field) =>
        meta.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>It goes into logs and onto terminals.</summary>
    private static string Plain(string text) =>
        string.Concat(text.Take(ServiceNames.MaxReason).Select(static letter => char.IsControl(letter) ? '?' : letter));
}
