using System.Text;

namespace Mesh.Fuzz;

/// <summary>
/// One input, whatever its target makes of it: knobs that choose options and chance, and parts (lines, frames, blocks, events). Being bytes alone,
/// any case can be kept, replayed and made smaller by one and the same code.
/// </summary>
internal sealed record FuzzCase(byte[] Knobs, byte[][] Parts)
{
    /// <summary>Bytes of all parts and knobs: what shrinking makes less of.</summary>
    public int Size => Knobs.Count(static knob => knob != 0) + Parts.Sum(static part => part.Length + 1);

    /// <summary>Chance that belongs to the case.</summary>
    public Dice Dice()
    {
        ulong seed = 0;
        for (int i = 0; i < 8 && i < Knobs.Length; i++) seed = (seed << 8) | Knobs[i];
        return new Dice(seed);
    }

    /// <summary>The knob of this number, in [0, <paramref name="bound"/>); those before 8 are the chance's.</summary>
    public int Knob(int number, int bound) => number < Knobs.Length ? Knobs[number] % bound : 0;

    /// <summary>The parts in a row.</summary>
    public byte[] Joined()
    {
        byte[] all = new byte[Parts.Sum(static part => part.Length)];
        int at = 0;
        foreach (byte[] part in Parts)
        {
            part.CopyTo(all, at);
            at += part.Length;
        }

        return all;
    }

    /// <summary>A line for the knobs and one for each part, in hexadecimal, with a remark that people can read.</summary>
    public string ToText(string target)
    {
        StringBuilder text = new();
        text.Append("target ").Append(target).Append('\n').Append("knobs ").Append(Convert.ToHexString(Knobs)).Append('\n');
        foreach (byte[] part in Parts) text.Append("part ").Append(Convert.ToHexString(part)).Append(" # ").Append(Readable(part)).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads what <see cref="ToText"/> wrote; the target's name comes first.</summary>
    public static (string Target, FuzzCase Case) Parse(string text)
    {
        string target = "";
        byte[] knobs = [];
        List<byte[]> parts = [];
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0) continue;
            byte[] bytes = words.Length > 1 && words[0] != "target" ? Convert.FromHexString(words[1]) : [];
            if (words[0] == "target") target = words[1];
            else if (words[0] == "knobs") knobs = bytes;
            else if (words[0] == "part") parts.Add(bytes);
            else throw new FormatException($"a case has lines target, knobs and part, not: {line}");
        }

        return (target, new FuzzCase(knobs, [.. parts]));
    }

    private static string Readable(byte[] part)
    {
        const int Most = 72;
        StringBuilder text = new();
        foreach (byte each in part.AsSpan(0, Math.Min(part.Length, Most)))
            text.Append(each switch { (byte)'\r' => "\\r", (byte)'\n' => "\\n", (byte)'#' => ".", >= 0x20 and < 0x7F => ((char)each).ToString(),
                _ => "." });
        return part.Length > Most ? $"{text}.. ({part.Length} bytes)" : text.ToString();
    }
}
