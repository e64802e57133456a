namespace Mesh.Node.AdminConsole;

/// <summary>A word that may be an option, as it is written: <c>-n web</c>, or in one word <c>-n=web</c>, which is the same.</summary>
/// <param name="Name">With its dashes; of another word, all of it.</param>
/// <param name="Value">What stands behind the first <c>=</c>, maybe nothing; null: there is none, and a value is the next word.</param>
internal readonly record struct OptionWord(string Name, string? Value)
{
    public static OptionWord Of(string word)
    {
        int equals = word.StartsWith('-') ? word.IndexOf('=') : -1;
        return equals < 0 ? new OptionWord(word, null) : new OptionWord(word[..equals], word[(equals + 1)..]);
    }
}
