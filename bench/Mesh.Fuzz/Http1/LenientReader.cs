using System.Globalization;
using System.Text;

namespace Mesh.Fuzz.Http1;

/// <summary>How somebody behind us might read HTTP/1, who is not as strict as we are.</summary>
/// <param name="Name">For the fault.</param>
/// <param name="LengthFirst">Content-Length beats Transfer-Encoding.</param>
/// <param name="LastWins">Of several fields of one name the last counts.</param>
/// <param name="CarriageReturnEnds">A CR alone ends a line, too.</param>
/// <param name="Folds">A line that begins with white space goes on with the one before.</param>
internal sealed record Leniency(string Name, bool LengthFirst, bool LastWins, bool CarriageReturnEnds, bool Folds);

/// <summary>
/// A reader as bad as those that smuggling needs: bare LF, space before colons, underscores, any coding that contains "chunked". What our encoder
/// sends must be one message of the same length even to it, whatever its habits.
/// </summary>
internal static class LenientReader
{
    public static IReadOnlyList<Leniency> All { get; } =
    [
        new("first field, coding first", false, false, false, false), new("last field, coding first", false, true, false, true),
        new("first field, length first", true, false, true, false), new("last field, length first", true, true, true, true),
    ];

    /// <summary>Bytes of the first message in the wire; -1 when it does not end there.</summary>
    public static int Measure(byte[] wire, Leniency habits, bool isRequest, bool hasNoBody)
    {
        int at = 0;
        List<string> lines = [];
        while (true)
        {
            if (!TryLine(wire, ref at, habits.CarriageReturnEnds, out string line)) return -1;
            if (line.Length == 0) break;
            if (habits.Folds && lines.Count > 1 && line[0] is ' ' or '\t') lines[^1] += line;
            else lines.Add(line);
        }

        List<(string Name, string Value)> fields = [.. lines.Skip(1).Select(Split)];
        string? length = Pick(fields, "content-length", habits.LastWins);
        string? coding = Pick(fields, "transfer-encoding", habits.LastWins);
        bool isChunked = coding?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;
        if (hasNoBody) return at;
        if (isChunked && !(habits.LengthFirst && length is not null)) return Chunks(wire, at, habits);
        if (length is null) return isRequest ? at : wire.Length;
        return long.TryParse(length, CultureInfo.InvariantCulture, out long count) && at + count <= wire.Length ? at + (int)count : -1;
    }

    private static int Chunks(byte[] wire, int at, Leniency habits)
    {
        while (true)
        {
            if (!TryLine(wire, ref at, habits.CarriageReturnEnds, out string line)) return -1;
            string digits = new([.. line.TrimStart().TakeWhile(char.IsAsciiHexDigit)]);
            if (!int.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int size)) return -1;
            if (size == 0) break;
            at += size;
            if (at > wire.Length || !TryLine(wire, ref at, habits.CarriageReturnEnds, out string rest) || rest.Length > 0) return -1;
        }

        while (TryLine(wire, ref at, habits.CarriageReturnEnds, out string trailer))
        {
            if (trailer.Length == 0) return at;
        }

        return -1;
    }

    private static bool TryLine(byte[] wire, ref int at, bool carriageReturnEnds, out string line)
    {
        for (int end = at; end < wire.Length; end++)
        {
            bool pair = wire[end] == '\r' && end + 1 < wire.Length && wire[end + 1] == '\n';
            if (wire[end] != '\n' && !pair && !(carriageReturnEnds && wire[end] == '\r')) continue;
            line = Encoding.Latin1.GetString(wire, at, end - at);
            at = end + (pair ? 2 : 1);
            return true;
        }

        line = "";
        return false;
    }

    private static (string Name, string Value) Split(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", line) : (line[..colon].Trim().ToLowerInvariant().Replace('_', '-'), line[(colon + 1)..].Trim());
    }

    private static string? Pick(List<(string Name, string Value)> fields, string name, bool last)
    {
        string[] values = [.. fields.Where(field => field.Name == name).Select(static field => field.Value)];
        return values.Length == 0 ? null : last ? values[^1] : values[0];
    }
}
