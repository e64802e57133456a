using System.Globalization;
using System.Text;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.Injection;

/// <summary>One rule of a drill, compiled.</summary>
/// <param name="config">As written.</param>
/// <param name="number">Its place among the rules of the service, from 1.</param>
/// <param name="count">How many these are.</param>
internal sealed class FaultRule(FaultInjectionConfig config, int number, int count)
{
    private static readonly char[] s_optionalWhiteSpace = [' ', '\t'];

    private readonly byte[]? _header = config.Header is { } name ? Encoding.Latin1.GetBytes(name) : null;
    private readonly byte[]? _value = config.Value is { } value ? Encoding.UTF8.GetBytes(value.Trim(s_optionalWhiteSpace)) : null;

    /// <summary>Of the requests that match, 0 (never) to 1 (always).</summary>
    public double Share { get; } = config.Share;

    public int DelayMs { get; } = config.DelayMs ?? 0;

    public int AbortStatus { get; } = config.AbortStatus ?? 0;

    /// <summary>
    /// Whether any field has the name, ASCII case ignored, and the value, byte by byte without the white space around it (RFC 9110 section 5.5;
    /// the parser leaves that out).
    /// </summary>
    /// <remarks>Hot path: allocates nothing.</remarks>
    public bool Matches(RequestHead head)
    {
        if (_header is null) return true;
        foreach (ref readonly Field field in head.Fields)
        {
            if (field.NameLength == _header.Length
                && Ascii.EqualsIgnoreCase(head.Name(field), _header)
                && (_value is null || head.Value(field).SequenceEqual(_value)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For people: <c>faultInjection rule 1 of 2 (share 0.1, header x-drill: on)</c>.</summary>
    public override string ToString()
    {
        string value = config.Value is { } written ? $": {written}" : "";
        string header = config.Header is { } name ? $", header {name}{value}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"faultInjection rule {number} of {count} (share {Share}{header})");
    }
}
