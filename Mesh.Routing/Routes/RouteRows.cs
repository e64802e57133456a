using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Google.Protobuf;
using Mesh.Actors.Tables;
using Mesh.Routing.Balancing;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>
/// How a namespace lies in the map: a header under its name, which holds the packed documents as far as they fit one row; else there are parts of
/// the dtab under <c>NAME/0</c>, <c>NAME/1</c>.., of the policies under <c>NAME/p0</c>.. Names hold no slash.
/// </summary>
/// <remarks>Pure. Parts and header of a change carry its version; what does not fit together is not whole, and nobody shows it.</remarks>
internal static class RouteRows
{
    public const string Table = "routes";

    /// <summary>The rows of a change that leaves a namespace, parts before the header.</summary>
    public static IEnumerable<KeyValuePair<string, Row>> Split(string name, RouteChange change)
    {
        ReadOnlyMemory<byte> dtab = change.Dtab!.Bytes, policies = change.Policies?.Bytes ?? default;
        KeyValuePair<string, Row>[] dtabParts = Parts(dtab, RouteLimits.MaxRowBytes, change.Version, index => PartOf(name, index));
        int left = RouteLimits.MaxRowBytes - (dtabParts.Length == 0 ? dtab.Length : 0);
        KeyValuePair<string, Row>[] policyParts = Parts(policies, left, change.Version, index => PolicyPartOf(name, index));
        return [.. dtabParts, .. policyParts, new(name, new Row
        {
            Version = (ulong)change.Version,
            Bytes = dtabParts.Length == 0 ? UnsafeByteOperations.UnsafeWrap(dtab) : ByteString.Empty,
            Parts = (uint)dtabParts.Length,
            Length = (uint)change.Dtab.Length,
            Hash = StableHash.Of(dtab.Span),
            Author = change.Author,
            AtUnixMs = change.At.ToUnixTimeMilliseconds(),
            Policies = policyParts.Length == 0 ? UnsafeByteOperations.UnsafeWrap(policies) : ByteString.Empty,
            PoliciesParts = (uint)policyParts.Length,
            PoliciesLength = (uint)(change.Policies?.Length ?? 0),
            PoliciesHash = change.Policies is null ? 0 : StableHash.Of(policies.Span),
        })];
    }

    /// <summary>False while a part is missing or of another version, or something is damaged.</summary>
    /// <param name="name">Of the namespace.</param>
    /// <param name="header">Its row.</param>
    /// <param name="find">Its other rows.</param>
    /// <param name="dtab">The one document.</param>
    /// <param name="policies">The other; null: there are none.</param>
    public static bool TryJoin(
        string name, Row header, Func<string, Row?> find, [NotNullWhen(true)] out PackedText? dtab, out PackedText? policies)
    {
        (dtab, policies) = (null, null);
        if (header.Parts > RouteLimits.MaxPackedBytes / RouteLimits.MaxRowBytes + 1 || header.Length > RouteLimits.MaxDtabBytes) return false;
        if (header.PoliciesParts > RouteLimits.MaxPackedPoliciesBytes / RouteLimits.MaxRowBytes + 1) return false;
        if (header.PoliciesLength > RouteLimits.MaxPoliciesBytes) return false;
        if (Join(header.Bytes, header.Parts, header, index => find(PartOf(name, index))) is not { } packed) return false;
        if (Join(header.Policies, header.PoliciesParts, header, index => find(PolicyPartOf(name, index))) is not { } packedPolicies) return false;
        if (StableHash.Of(packed.Span) != header.Hash) return false;
        bool hasPolicies = header.PoliciesLength > 0;
        if (hasPolicies && StableHash.Of(packedPolicies.Span) != header.PoliciesHash) return false;
        dtab = new PackedText(packed, (int)header.Length);
        if (hasPolicies) policies = new PackedText(packedPolicies, (int)header.PoliciesLength);
        return true;
    }

    public static bool IsHeader(string key) => !key.Contains('/');

    public static string PartOf(string name, int part) => string.Create(CultureInfo.InvariantCulture, $"{name}/{part}");

    public static string PolicyPartOf(string name, int part) => string.Create(CultureInfo.InvariantCulture, $"{name}/p{part}");

    /// <summary>None where all of it has room in the header.</summary>
    private static KeyValuePair<string, Row>[] Parts(ReadOnlyMemory<byte> packed, int room, long version, Func<int, string> key)
    {
        if (packed.Length <= room) return [];
        return [.. Enumerable.Range(0, (packed.Length + RouteLimits.MaxRowBytes - 1) / RouteLimits.MaxRowBytes).Select(index =>
        {
            int from = index * RouteLimits.MaxRowBytes;
            ReadOnlyMemory<byte> part = packed.Slice(from, Math.Min(RouteLimits.MaxRowBytes, packed.Length - from));
            return KeyValuePair.Create(key(index), new Row { Version = (ulong)version, Bytes = UnsafeByteOperations.UnsafeWrap(part) });
        })];
    }

    /// <summary>Null: a part is not there, or is another version's.</summary>
    private static ReadOnlyMemory<byte>? Join(ByteString inHeader, uint parts, Row header, Func<int, Row?> find)
    {
        if (parts == 0) return inHeader.Memory;
        using var joined = new MemoryStream();
        for (int i = 0; i < parts; i++)
        {
            if (find(i) is not { } part || part.Version != header.Version) return null;
            joined.Write(part.Bytes.Span);
        }

        return joined.ToArray();
    }
}

/// <summary>Rows are as routes.proto has them.</summary>
internal sealed class RouteRowCodec : IRowCodec<Row>
{
    public static readonly RouteRowCodec Instance = new();

    private RouteRowCodec()
    {
    }

    public ReadOnlyMemory<byte> Encode(Row row) => row.ToByteArray();

    public bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Row? row)
    {
        try
        {
            row = Row.Parser.ParseFrom(bytes.Span);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            row = null;
            return false;
        }
    }
}
