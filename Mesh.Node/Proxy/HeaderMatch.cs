using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>Asks a request for a header, with a value or any.</summary>
/// <param name="name">ASCII, case ignored.</param>
/// <param name="value">As text; null: any.</param>
/// <remarks>Hot path: allocates nothing.</remarks>
internal sealed class HeaderMatch(string name, string? value)
{
    private static readonly char[] s_optionalWhiteSpace = [' ', '\t'];

    private readonly byte[] _name = Encoding.Latin1.GetBytes(name);
    private readonly byte[]? _value = value is null ? null : Encoding.UTF8.GetBytes(value.Trim(s_optionalWhiteSpace));

    /// <summary>
    /// Whether any field has the name, and the value, byte by byte without the white space around it (RFC 9110 section 5.5; the parser leaves that
    /// out).
    /// </summary>
    public bool Matches(RequestHead head)
    {
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.NameLength == _name.Length
                && Ascii.EqualsIgnoreCase(head.Name(field), _name)
                && (_value is null || head.Value(field).SequenceEqual(_value)))
            {
                return true;
            }
        }

        return false;
    }
}
