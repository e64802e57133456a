using System.Buffers;
using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>The byte classes of the HTTP/1 grammar, ready for vector search, and its lists.</summary>
internal static class Http1Bytes
{
    /// <summary>tchar (RFC 9110 section 5.6.2).</summary>
    public static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What ends or spoils a field value: control characters other than HTAB. CR is the proper end.</summary>
    public static readonly SearchValues<byte> ValueStop = SearchValues.Create(Controls(exceptTab: true));

    /// <summary>
    /// What ends or spoils a request target: control characters, SP (the proper end), and the fragment's <c>#</c>, which no client may send.
    /// </summary>
    public static readonly SearchValues<byte> TargetStop = SearchValues.Create([.. Controls(exceptTab: false), (byte)' ', (byte)'#']);

    /// <summary>
    /// The characters of a registered name (RFC 3986 section 3.2.2) but the comma: a list of hosts must not pass for a host.
    /// </summary>
    public static readonly SearchValues<byte> RegisteredName =
        SearchValues.Create("-._~!$&'()*+;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public static readonly SearchValues<byte> AddressLiteral = SearchValues.Create("0123456789ABCDEFabcdef:."u8);

    public static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t';

    /// <summary>Cuts optional white space off both ends (RFC 9110 section 5.6.3).</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        int start = 0, end = value.Length;
        while (start < end && IsSpace(value[start])) start++;
        while (end > start && IsSpace(value[end - 1])) end--;
        return value[start..end];
    }

    /// <summary>Takes the first member off a comma-separated list (RFC 9110 section 5.6.1); members may come out empty.</summary>
    public static ReadOnlySpan<byte> NextMember(ref ReadOnlySpan<byte> list)
    {
        int comma = list.IndexOf((byte)',');
        ReadOnlySpan<byte> member = comma < 0 ? list : list[..comma];
        list = comma < 0 ? default : list[(comma + 1)..];
        return Trim(member);
    }

    /// <summary>Whether the fields of a name, read as one list, have a member; ASCII case ignored.</summary>
    public static bool Lists(MessageHead head, KnownField name, ReadOnlySpan<byte> member)
    {
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.Known != name) continue;
            ReadOnlySpan<byte> list = head.Value(field);
            while (!list.IsEmpty)
            {
                if (Ascii.EqualsIgnoreCase(NextMember(ref list), member)) return true;
            }
        }

        return false;
    }

    private static byte[] Controls(bool exceptTab)
    {
        List<byte> bytes = [0x7F];
        for (byte b = 0; b < 0x20; b++)
        {
            if (!exceptTab || b != '\t') bytes.Add(b);
        }

        return [.. bytes];
    }
}
