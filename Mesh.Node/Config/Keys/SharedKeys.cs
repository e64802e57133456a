using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>Keys and ranges that several sections share.</summary>
internal static class SharedKeys
{
    /// <summary>One day, milliseconds: the longest that any pause or timeout may be.</summary>
    public const int MaxMs = 86_400_000;

    public const int MaxPort = 65535;

    public static readonly InertKey Experimental = new(
        "experimental", "Linkerd's consent to experimental kinds.", "Mesh asks for no such consent");

    /// <summary>A time that a key gives in milliseconds.</summary>
    public static TimeSpan Milliseconds(this SectionView view, IntKey key) => TimeSpan.FromMilliseconds(view.Get(key));

    /// <summary>A fault where the lesser of two keys is more than the greater.</summary>
    public static void CheckOrder(SectionView view, IntKey lesser, IntKey greater, CheckContext context)
    {
        int least = view.Get(lesser), most = view.Get(greater);
        if (least <= most) return;
        context.Faults.Fault(view.At(lesser),
            $"`{lesser.Name}` ({Numbers.Text(least)}) is more than `{greater.Name}` ({Numbers.Text(most)}); lower it or raise that");
    }

    /// <summary>True for a name that metrics and messages can carry: no white space, no control character, at most 128 characters.</summary>
    public static bool IsLabel(string text)
    {
        if (text.Length is 0 or > 128) return false;
        foreach (char character in text)
            if (char.IsWhiteSpace(character) || char.IsControl(character)) return false;
        return true;
    }

    /// <summary>A key for a name in metrics and messages.</summary>
    public static TextKey Label(string absent, string doc) => new("label", null, absent, "text without spaces, at most 128 characters", IsLabel, doc);

    /// <summary>True for a token of RFC 9110 section 5.6.2: the name of a field or of an upgrade.</summary>
    public static bool IsToken(string text)
    {
        foreach (char character in text)
            if (!char.IsAsciiLetterOrDigit(character) && !"!#$%&'*+-.^_`|~".Contains(character)) return false;
        return text.Length is > 0 and <= 128;
    }

    /// <summary>
    /// True for segments of a path as dtabs write them, joined by slashes: letters, digits and <c>_ : . # $ % -</c>, or <c>\xNN</c>.
    /// </summary>
    public static bool IsPathTail(string text)
    {
        foreach (string segment in text.Split('/'))
        {
            if (segment.Length == 0) return false;
            for (int index = 0; index < segment.Length; index++)
            {
                if (char.IsAsciiLetterOrDigit(segment[index]) || "_:.#$%-".Contains(segment[index])) continue;
                bool escape = index + 3 < segment.Length && segment[index] == '\\' && segment[index + 1] == 'x';
                if (!escape || !char.IsAsciiHexDigit(segment[index + 2]) || !char.IsAsciiHexDigit(segment[index + 3])) return false;
                index += 3;
            }
        }

        return true;
    }
}
