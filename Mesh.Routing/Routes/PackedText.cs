using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;

namespace Mesh.Routing.Routes;

/// <summary>A text as it travels and rests: UTF-8, packed with Brotli (RFC 7932). Immutable, compared by value.</summary>
public sealed class PackedText(ReadOnlyMemory<byte> bytes, int length) : IEquatable<PackedText>
{
    /// <summary>Middling: rules are repetitive, and are packed once a change.</summary>
    private const int Quality = 5;

    /// <summary>Bits of the window: a megabyte, the longest text.</summary>
    private const int Window = 20;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>Of the text, bytes of UTF-8.</summary>
    public int Length { get; } = length;

    public static PackedText Of(string text)
    {
        byte[] plain = Encoding.UTF8.GetBytes(text);
        byte[] packed = new byte[BrotliEncoder.GetMaxCompressedLength(plain.Length)];
        if (!BrotliEncoder.TryCompress(plain, packed, out int written, Quality, Window))
            throw new InvalidOperationException("Brotli needs more than the most that it says it needs");
        return new PackedText(packed.AsSpan(0, written).ToArray(), plain.Length);
    }

    /// <summary>False when the bytes are no such text, or more than <see cref="RouteLimits.MaxDtabBytes"/>: damaged, or not ours.</summary>
    public bool TryRead([NotNullWhen(true)] out string? text)
    {
        text = null;
        if (Length is < 0 or > RouteLimits.MaxDtabBytes) return false;
        byte[] plain = new byte[Length];
        if (!BrotliDecoder.TryDecompress(Bytes.Span, plain, out int written) || written != Length) return false;
        try
        {
            text = s_strict.GetString(plain);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    public bool Equals(PackedText? other) => other is not null && Length == other.Length && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => Equals(obj as PackedText);

    public override int GetHashCode() => HashCode.Combine(Length, Bytes.Length);
}
