using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Google.Protobuf;
using Mesh.Actors.Tables;
using Mesh.Routing.Balancing;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>
/// How a namespace lies in the map: a header under its name, which holds the packed dtab if that fits one row, else parts under <c>NAME/0</c>,
/// <c>NAME/1</c>.. Names hold no slash.
/// </summary>
/// <remarks>Pure. Parts and header of a change carry its version; what does not fit together is not whole, and nobody shows it.</remarks>
internal static class RouteRows
{
    public const string Table = "routes";

    /// <summary>The rows of a change that leaves a dtab, parts before the header.</summary>
    public static IEnumerable<KeyValuePair<string, Row>> Split(string name, RouteChange change)
    {
        ReadOnlyMemory<byte> packed = change.Dtab!.Bytes;
        int parts = packed.Length <= RouteLimits.MaxRowBytes ? 0 : (packed.Length + RouteLimits.MaxRowBytes - 1) / RouteLimits.MaxRowBytes;
        for (int i = 0; i < parts; i++)
        {
            int from = i * RouteLimits.MaxRowBytes;
            ReadOnlyMemory<byte> part = packed.Slice(from, Math.Min(RouteLimits.MaxRowBytes, packed.Length - from));
            yield return new(PartOf(name, i), new Row { Version = (ulong)change.Version, Bytes = UnsafeByteOperations.UnsafeWrap(part) });
        }

        yield return new(name, new Row
        {
            Version = (ulong)change.Version,
            Bytes = parts == 0 ? UnsafeByteOperations.UnsafeWrap(packed) : ByteString.Empty,
            Parts = (uint)parts,
            Length = (uint)change.Dtab.Length,
            Hash = StableHash.Of(packed.Span),
            Author = change.Author,
            AtUnixMs = change.At.ToUnixTimeMilliseconds(),
        });
    }

    /// <summary>False while a part is missing or of another version, or something is damaged.</summary>
    public static bool TryJoin(string name, Row header, Func<string, Row?> find, [NotNullWhen(true)] out PackedText? text)
    {
        text = null;
        if (header.Parts > RouteLimits.MaxPackedBytes / RouteLimits.MaxRowBytes + 1 || header.Length > RouteLimits.MaxDtabBytes) return false;
        ReadOnlyMemory<byte> packed = header.Bytes.Memory;
        if (header.Parts > 0)
        {
            using var joined = new MemoryStream();
            for (int i = 0; i < header.Parts; i++)
            {
                if (find(PartOf(name, i)) is not { } part || part.Version != header.Version) return false;
                joined.Write(part.Bytes.Span);
            }

            packed = joined.ToArray();
        }

        if (StableHash.Of(packed.Span) != header.Hash) return false;
        text = new PackedText(packed, (int)header.Length);
        return true;
    }

    public static bool IsHeader(string key) => !key.Contains('/');

    public static string PartOf(string name, int part) => string.Create(CultureInfo.InvariantCulture, $"{name}/{part}");
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
