using System.Text;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>What the encoder does with a field that is in no table yet.</summary>
internal enum IndexingPolicy : byte
{
    /// <summary>Indexed when the same field was seen a short while ago: what repeats is worth a place, and nobody knows beforehand.</summary>
    WhenRepeated = 0,

    /// <summary>Indexed at first sight: the same for most messages of a connection.</summary>
    AtOnce,

    /// <summary>Never indexed by us, because it changes with each message.</summary>
    Changing,

    /// <summary>As <see cref="WhenRepeated"/>, but with a query as <see cref="Changing"/>.</summary>
    Path,

    /// <summary>Never indexed, by nobody: a guesser must not learn from lengths whether it guessed right (RFC 7541 section 7.1).</summary>
    Secret,

    /// <summary>A secret as long as it is short enough to be guessed (RFC 7541 section 7.1.3); else <see cref="WhenRepeated"/>.</summary>
    ShortSecret,
}

/// <summary>The names that the encoder knows: those of the static table, and others whose values are known to change or to be secret.</summary>
/// <remarks>Hot path: one probe and one comparison.</remarks>
internal static class KnownNames
{
    private const int Slots = 512;
    private static readonly Known[] Table = MakeTable();

    /// <summary>What is known of a name; all zero for others. <paramref name="hash"/> is its <see cref="FieldHash"/>.</summary>
    public static ref readonly Known Find(uint hash, ReadOnlySpan<byte> name)
    {
        uint slot = hash % Slots;
        while (Table[slot].Name is { } found && !name.SequenceEqual(found)) slot = (slot + 1) % Slots;
        return ref Table[slot];
    }

    private static Known[] MakeTable()
    {
        Dictionary<string, IndexingPolicy> names = [];
        for (int index = 1; index <= StaticTable.Count; index++) names[Encoding.ASCII.GetString(StaticTable.Name(index))] = IndexingPolicy.AtOnce;
        Set(IndexingPolicy.AtOnce, "te grpc-status grpc-encoding grpc-accept-encoding x-forwarded-proto x-content-type-options");
        Set(IndexingPolicy.Path, ":path");
        Set(IndexingPolicy.WhenRepeated, "location referer link accept-ranges content-disposition content-location from via expires");
        Set(
            IndexingPolicy.Changing,
            "age content-length content-range date etag if-match if-modified-since if-none-match if-range if-unmodified-since last-modified range"
                + " retry-after grpc-timeout grpc-message traceparent tracestate b3 x-b3-traceid x-b3-spanid x-b3-parentspanid x-request-id"
                + " x-correlation-id x-amzn-trace-id uber-trace-id l5d-reqid l5d-ctx-trace l5d-ctx-deadline mesh-load sec-websocket-key"
                + " sec-websocket-accept x-request-start x-response-time x-envoy-upstream-service-time server-timing");
        Set(IndexingPolicy.Secret, "authorization proxy-authorization x-api-key x-auth-token x-csrf-token x-xsrf-token x-amz-security-token");
        Set(IndexingPolicy.ShortSecret, "cookie set-cookie");

        Known[] table = new Known[Slots];
        foreach ((string name, IndexingPolicy policy) in names)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(name);
            uint slot = FieldHash.Of(bytes) % Slots;
            while (table[slot].Name is not null) slot = (slot + 1) % Slots;
            table[slot] = Describe(bytes, policy);
        }

        return table;

        void Set(IndexingPolicy policy, string list)
        {
            foreach (string name in list.Split(' ')) names[name] = policy;
        }
    }

    private static Known Describe(byte[] name, IndexingPolicy policy)
    {
        byte first = 0, values = 0;
        for (byte index = StaticTable.Count; index >= 1; index--)
        {
            if (!StaticTable.Name(index).SequenceEqual(name)) continue;
            first = index;
            if (!StaticTable.Value(index).IsEmpty) values++;
        }

        return new Known(name, first, values, policy);
    }

    /// <summary>A row.</summary>
    /// <param name="Name">Null in an empty row.</param>
    /// <param name="StaticIndex">The first index of the static table with that name, or 0.</param>
    /// <param name="StaticValues">How many indices from there have a value.</param>
    /// <param name="Policy">What to do with it.</param>
    internal readonly record struct Known(byte[]? Name, byte StaticIndex, byte StaticValues, IndexingPolicy Policy);
}
