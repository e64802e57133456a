using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>The grammar of the text format: names, escaped labels, numbers.</summary>
internal readonly ref struct ExpositionWriter(IBufferWriter<byte> output)
{
    /// <summary>Room for any 64-bit number as text.</summary>
    private const int NumberLength = 32;

    private static readonly SearchValues<char> s_escapedInValue = SearchValues.Create("\\\"\n");
    private static readonly SearchValues<char> s_escapedInHelp = SearchValues.Create("\\\n");

    /// <remarks>
    /// Asks for as much room as it needs: <c>IBufferWriter.Write</c> asks for any at all, and a writer like that of Kestrel's chunked response may
    /// then offer none, at which it throws.
    /// </remarks>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    public void Text(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        Span<byte> room = output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        output.Advance(Encoding.UTF8.GetBytes(text, room));
    }

    public void EscapedHelp(ReadOnlySpan<char> text) => Escaped(text, s_escapedInHelp);

    /// <summary>Everything of a sample's line up to the value: <c>name_suffix{a="b",le="0.1"} </c>.</summary>
    public void Sample(string name, LabelSet labels, string suffix = "", string? bound = null)
    {
        Text(name);
        Text(suffix);
        ReadOnlySpan<byte> separator = "{"u8;
        foreach (MetricLabel label in labels.Labels)
        {
            Raw(separator);
            Text(label.Name);
            Raw("=\""u8);
            Escaped(label.Value, s_escapedInValue);
            Raw("\""u8);
            separator = ","u8;
        }

        if (bound is not null)
        {
            Raw(separator);
            Raw("le=\""u8);
            Text(bound);
            Raw("\""u8);
        }

        Raw(bound is not null || labels.Labels.Length > 0 ? "} "u8 : " "u8);
    }

    public void Number(long value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(NumberLength), out int written);
        output.Advance(written);
    }

    public void Number(double value)
    {
        if (double.IsFinite(value))
        {
            value.TryFormat(output.GetSpan(NumberLength), out int written, "R", CultureInfo.InvariantCulture);
            output.Advance(written);
        }
        else
        {
            Raw(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
        }
    }

    private void Escaped(ReadOnlySpan<char> text, SearchValues<char> special)
    {
        for (int at = text.IndexOfAny(special); at >= 0; at = text.IndexOfAny(special))
        {
            Text(text[..at]);
            Raw(text[at] switch
            {
                '\n' => "\\n"u8,
                '"' => "\\\""u8,
                _ => "\\\\"u8,
            });
            text = text[(at + 1)..];
        }

        Text(text);
    }
}
