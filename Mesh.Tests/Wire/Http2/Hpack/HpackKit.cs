using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Tests.Wire.Http2.Hpack;

/// <summary>A field as text.</summary>
internal readonly record struct TextField(string Name, string Value, bool NeverIndexed = false);

/// <summary>Collects what a decoder gives.</summary>
internal readonly struct ListSink(List<TextField> fields) : IHpackSink
{
    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed) =>
        fields.Add(new TextField(Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value), neverIndexed));
}

/// <summary>Counts what a decoder gives, without memory.</summary>
internal struct CountingSink : IHpackSink
{
    public int Fields;
    public long Bytes;

    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value, bool neverIndexed)
    {
        Fields++;
        Bytes += name.Length + value.Length;
    }
}

/// <summary>Blocks in, fields out, and the other way round.</summary>
internal static class HpackKit
{
    public const int MaxListBytes = 64 * 1024;
    public const int MaxFields = 200;
    [ThreadStatic] private static byte[]? s_room;

    public static HpackResult Decode(HpackDecoder decoder, ReadOnlySpan<byte> block, out List<TextField> fields)
    {
        fields = [];
        ListSink sink = new(fields);
        return decoder.Decode(block, ref sink, MaxListBytes, MaxFields);
    }

    public static HpackResult Decode(HpackDecoder decoder, string hex, out List<TextField> fields) =>
        Decode(decoder, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out fields);

    public static byte[] Encode(HpackEncoder encoder, IEnumerable<TextField> fields)
    {
        byte[] room = s_room ??= new byte[256 * 1024];
        int at = encoder.WriteSizeUpdates(room);
        foreach (TextField field in fields)
            at += encoder.Write(room.AsSpan(at), Encoding.Latin1.GetBytes(field.Name), Encoding.Latin1.GetBytes(field.Value), field.NeverIndexed);
        return room[..at];
    }

    public static string Show(IEnumerable<TextField> fields) => string.Join('\n', fields.Select(field => $"{field.Name}: {field.Value}"));
}
