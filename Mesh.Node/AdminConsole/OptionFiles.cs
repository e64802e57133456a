using System.Text;

namespace Mesh.Node.AdminConsole;

/// <summary>Reads the files that options name, on the side of whoever types, and gives the node their text.</summary>
/// <param name="standardInput">What <c>-</c> means; null where that is the script itself.</param>
internal sealed class OptionFiles(TextReader? standardInput)
{
    /// <summary>Characters of a file: a dtab of the largest size.</summary>
    public const int MaxChars = 1 << 20;

    /// <summary>The words with each such option replaced by the one that it stands for.</summary>
    /// <exception cref="ConsoleRefusal">A file is not there, is too large, or is no text.</exception>
    public async Task<IReadOnlyList<string>> FillAsync(KnownCommand command, IReadOnlyList<string> words, CancellationToken cancel)
    {
        int name = command.Words.Split(' ').Length;
        List<string> filled = [.. words.Take(name)];
        for (int i = name; i < words.Count; i++)
        {
            (string written, string? joined) = OptionWord.Of(words[i]);
            KnownOption? option = command.Options.FirstOrDefault(each => each.Name == written);
            bool isApart = option?.Value is not null && joined is null && i + 1 < words.Count;
            string? value = isApart ? words[i + 1] : joined;
            if (option?.FileOf is { } text && value is not null) filled.AddRange(text, await ReadAsync(value, cancel).ConfigureAwait(false));
            else filled.AddRange(isApart ? [words[i], words[i + 1]] : [words[i]]);
            if (isApart) i++;
        }

        return filled;
    }

    private async Task<string> ReadAsync(string file, CancellationToken cancel)
    {
        if (file == "-")
        {
            TextReader input = standardInput ?? throw Bad("`-f -` is for a command of its own, not for a script or a prompt");
            return await ReadAsync(input, cancel).ConfigureAwait(false);
        }

        try
        {
            using StreamReader reader = new(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return await ReadAsync(reader, cancel).ConfigureAwait(false);
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"{file} is no UTF-8 text");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Bad($"cannot read {file}: {fault.Message}");
        }
    }

    private static async Task<string> ReadAsync(TextReader reader, CancellationToken cancel)
    {
        StringBuilder text = new();
        char[] part = new char[8192];
        for (int read; (read = await reader.ReadAsync(part, cancel).ConfigureAwait(false)) > 0;)
        {
            text.Append(part, 0, read);
            if (text.Length > MaxChars) throw Bad($"a file has at most {MaxChars} characters");
        }

        return text.ToString();
    }

    private static ConsoleRefusal Bad(string why) => new(ConsoleStatus.BadInput, why);
}
