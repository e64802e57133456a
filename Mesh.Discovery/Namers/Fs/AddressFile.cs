using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>One line of an address file: a literal address, or a host name to be resolved.</summary>
internal readonly record struct AddressLine(string Host, IPAddress? Literal, int Port, double Weight, int LineNumber);

/// <summary>
/// The text of an address file: lines <c>host port [* weight]</c>, <c>#</c> comments, blank lines. One bad line spoils the file: half a
/// replica set is worse than the last good one.
/// </summary>
internal static class AddressFile
{
    /// <summary>Largest file read, bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Most addresses in a file.</summary>
    public const int MaxAddresses = 10_000;

    /// <summary>Largest weight; the smallest is above 0.</summary>
    public const double MaxWeight = 1_000_000;

    /// <summary>Reads all lines; on failure <paramref name="problem"/> is <c>line: what is wrong</c>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> content, out ImmutableArray<AddressLine> lines, out string problem)
    {
        ReadOnlySpan<byte> byteOrderMark = [0xEF, 0xBB, 0xBF];
        if (content.StartsWith(byteOrderMark)) content = content[3..];
        var found = ImmutableArray.CreateBuilder<AddressLine>();
        int number = 0;
        lines = [];
        foreach (ReadOnlySpan<char> raw in Encoding.UTF8.GetString(content).AsSpan().EnumerateLines())
        {
            number++;
            int comment = raw.IndexOf('#');
            ReadOnlySpan<char> text = (comment < 0 ? raw : raw[..comment]).Trim();
            if (text.IsEmpty) continue;
            if (!TryParseLine(text, number, out AddressLine line, out string what))
            {
                problem = $"{number}: {what}, in '{Shown(text)}'";
                return false;
            }
            if (found.Count == MaxAddresses)
            {
                problem = $"{number}: more than {MaxAddresses} addresses";
                return false;
            }
            found.Add(line);
        }
        lines = found.ToImmutable();
        problem = "";
        return true;
    }

    private static bool TryParseLine(ReadOnlySpan<char> text, int number, out AddressLine line, out string problem)
    {
        line = default;
        int space = text.IndexOfAny(' ', '\t');
        string host = space < 0 ? text.ToString() : text[..space].ToString();
        ReadOnlySpan<char> rest = space < 0 ? [] : text[space..].TrimStart();
        if (rest.IsEmpty) return Bad("expected 'host port' or 'host port * weight', but there is no port", out problem);

        int star = rest.IndexOf('*');
        ReadOnlySpan<char> portText = (star < 0 ? rest : rest[..star]).Trim();
        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > IPEndPoint.MaxPort)
            return Bad($"'{Shown(portText)}' is no port (1 to {IPEndPoint.MaxPort})", out problem);

        double weight = NameTree.DefaultWeight;
        if (star >= 0)
        {
            ReadOnlySpan<char> weightText = rest[(star + 1)..].Trim();
            bool isNumber = double.TryParse(weightText, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight);
            if (!isNumber || weight is not (> 0 and <= MaxWeight))
                return Bad($"'{Shown(weightText)}' is no weight (above 0, at most {MaxWeight:0})", out problem);
        }

        if (!HostName.TryParseLiteral(host, out IPAddress? literal) && !HostName.CouldBeName(host))
            return Bad($"'{Shown(host)}' is neither an IP address nor a host name", out problem);
        line = new AddressLine(host, literal, port, weight, number);
        problem = "";
        return true;
    }

    private static bool Bad(string what, out string problem)
    {
        problem = what;
        return false;
    }

    private static string Shown(ReadOnlySpan<char> text)
    {
        const int maxChars = 60;
        var shown = new StringBuilder();
        foreach (char c in text[..Math.Min(text.Length, maxChars)]) shown.Append(c is < ' ' or > '~' ? '?' : c);
        return text.Length > maxChars ? shown.Append("...").ToString() : shown.ToString();
    }
}
