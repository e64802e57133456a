using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Mesh.Node.Config.Schema;

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class BoolKey(string name, bool whenAbsent, string doc) : ScalarKey<bool>(name, whenAbsent, doc)
{
    /// <summary>Says what holds where nothing is written, when that is not always the default.</summary>
    public string? Absent { get; init; }

    public override KeyShape Shape => new("boolean", Absent ?? (Default ? "true" : "false"));

    public override ScalarForm Form => ScalarForm.Boolean;

    protected override string Expected => "`true` or `false`";

    protected override bool TryParse(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE";
        return value || text is "false" or "False" or "FALSE";
    }
}

/// <summary>
/// Free text of a form that <c>accepts</c> tells and <c>expected</c> says in words. Without a default the value is null where none is written, and
/// <c>absent</c> tells the docs what holds then.
/// </summary>
internal sealed class TextKey(string name, string? whenAbsent, string absent, string expected, Func<string, bool> accepts, string doc)
    : ScalarKey<string?>(name, whenAbsent, doc)
{
    /// <summary>Brings the accepted spellings of a value to one.</summary>
    public Func<string, string>? Normalize { get; init; }

    public override KeyShape Shape => new("text", Default ?? absent);

    protected override string Expected => expected;

    protected override bool TryParse(string text, [NotNullWhen(true)] out string? value)
    {
        value = Normalize is null ? text : Normalize(text);
        return accepts(value);
    }
}

/// <summary>An IPv4 or IPv6 address as a literal: names would need DNS before the node can start.</summary>
internal sealed class AddressKey(string name, IPAddress whenAbsent, string doc) : ScalarKey<IPAddress>(name, whenAbsent, doc)
{
    public override KeyShape Shape => new("address", Default.ToString(), "", "IPv4 or IPv6 literal");

    protected override string Expected => "an IPv4 or IPv6 address such as `127.0.0.1`, `0.0.0.0` or `::`, not a name";

    protected override bool TryParse(string text, out IPAddress value)
    {
        // The parser also takes `80` (as 0.0.0.80) and `[::1]:80`: neither is what an operator meant.
        value = Default;
        if (!text.AsSpan().ContainsAny('.', ':') || text.Contains('[') || !IPAddress.TryParse(text, out IPAddress? parsed)) return false;
        value = parsed;
        return true;
    }
}

/// <summary>One of a few words, each standing for a value.</summary>
internal sealed class ChoiceKey<T>(string name, T whenAbsent, ImmutableArray<(string Word, T Value)> choices, string doc)
    : ScalarKey<T>(name, whenAbsent, doc)
    where T : struct, Enum
{
    public override KeyShape Shape => new("word", WordOf(Default), "", Words(", "));

    protected override string Expected => $"one of {Words(", ")}";

    protected override bool TryParse(string text, out T value)
    {
        foreach ((string word, T choice) in choices)
        {
            if (word != text) continue;
            value = choice;
            return true;
        }

        value = Default;
        return false;
    }

    private string WordOf(T value)
    {
        foreach ((string word, T choice) in choices)
            if (EqualityComparer<T>.Default.Equals(choice, value)) return word;
        return "";
    }

    private string Words(string separator)
    {
        var words = new List<string>(choices.Length);
        foreach ((string word, _) in choices) words.Add($"`{word}`");
        return string.Join(separator, words);
    }
}
