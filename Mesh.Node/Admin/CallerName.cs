using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>
/// The name that a caller gives itself, for the log and for histories: the user of Basic, or a field beside a Bearer token. It is a claim, and
/// opens nothing: whoever has the token may give any name, and only the address behind it is what this node saw.
/// </summary>
internal static class CallerName
{
    /// <summary>What proxies that know their users call them to those behind (Kubernetes' <c>--requestheader-username-headers</c>).</summary>
    public const string Header = "X-Remote-User";

    /// <summary>Longest name that is kept, characters.</summary>
    public const int MaxLength = 64;

    /// <summary>Who makes a change, <c>ann@10.0.0.7</c>; <c>admin</c> where no name was given.</summary>
    public static string Author(HttpContext context) => $"{Claimed(context.Request) ?? "admin"}@{context.Connection.RemoteIpAddress}";

    /// <summary>The name, fit to be printed; null: none was given.</summary>
    public static string? Claimed(HttpRequest request)
    {
        string name = Plain(User(request.Headers.Authorization.ToString()) ?? request.Headers[Header].ToString());
        return name.Length == 0 ? null : name;
    }

    /// <summary>One short line that neither breaks nor reorders what is printed around it.</summary>
    public static string Plain(string name)
    {
        name = name.Trim();
        int length = name.Length <= MaxLength ? name.Length : char.IsHighSurrogate(name[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        StringBuilder plain = new();
        foreach (Rune letter in name.AsSpan(0, length).EnumerateRunes()) plain.Append(IsShown(letter) ? letter.ToString() : "?");
        return plain.ToString();
    }

    private static bool IsShown(Rune letter) => Rune.GetUnicodeCategory(letter) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);

    private static string? User(string field)
    {
        if (!field.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        Span<byte> bytes = new byte[field.Length];
        if (!Convert.TryFromBase64String(field["Basic ".Length..].Trim(), bytes, out int length)) return null;
        string user = Encoding.UTF8.GetString(bytes[..length]).Split(':')[0];
        return user.Length == 0 ? null : user;
    }
}
