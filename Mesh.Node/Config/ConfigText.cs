using System.Text;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config;

/// <summary>Gets a config's text out of a file or stream, within <see cref="YamlLimits.MaxBytes"/>, as strict UTF-8.</summary>
internal static class ConfigText
{
    /// <summary>What a file is called that means standard input.</summary>
    public const string StandardInput = "-";

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text, or null with a fault.</summary>
    public static string? Read(string file, Func<Stream> openStandardInput, FaultList faults)
    {
        Position whole = Position.Of(file == StandardInput ? "stdin" : file);
        try
        {
            using Stream stream = file == StandardInput ? openStandardInput() : File.OpenRead(file);
            return Decode(stream, whole, faults);
        }
        catch (DecoderFallbackException)
        {
            faults.Fault(whole, "not UTF-8 text; save the file as UTF-8");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            faults.Fault(whole, $"no such file in {Quoting.Clip(Directory.GetCurrentDirectory())}; name one that exists, or `-` for standard input");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string why = Directory.Exists(file) ? "it is a directory" : Quoting.Clip(error.Message.TrimEnd('.'));
            faults.Fault(whole, $"cannot be read: {why}; name a readable file, or `-` for standard input");
        }

        return null;
    }

    /// <summary>Reports the first character that no YAML may hold, which the parser would take for the end of the text or pass on.</summary>
    public static bool HasOnlyText(YamlSource source, FaultList faults)
    {
        for (int index = 0; index < source.Text.Length; index++)
        {
            char character = source.Text[index];
            if (!char.IsControl(character) || character is '\t' or '\n' or '\r' or '\u0085') continue;
            faults.Fault(source.At(index), $"a control character (code {(int)character}) is no text; remove it");
            return false;
        }

        return true;
    }

    private static string? Decode(Stream stream, Position whole, FaultList faults)
    {
        byte[] bytes = new byte[16 * 1024];
        int length = 0;
        for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
            if (length > YamlLimits.MaxBytes)
            {
                faults.Fault(whole, $"larger than {YamlLimits.MaxBytes / 1024} KiB; a config is a few: move tables of addresses into namers");
                return null;
            }

            if (length == bytes.Length) Array.Resize(ref bytes, Math.Min(bytes.Length * 2, YamlLimits.MaxBytes + 1));
        }

        string text = s_strict.GetString(bytes, 0, length);
        return text.StartsWith('\uFEFF') ? text[1..] : text;
    }
}
