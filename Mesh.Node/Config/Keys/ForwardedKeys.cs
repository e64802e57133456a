using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of <c>addForwardedHeader</c>.</summary>
internal static class ForwardedKeys
{
    public static readonly KindKey<ForwardedLabel> By = new("by", LabelerKinds.Table, "How the header names this side.");
    public static readonly KindKey<ForwardedLabel> For = new("for", LabelerKinds.Table, "How the header names the client.");

    public static readonly Section<ForwardedConfig> Section = new(
        "`addForwardedHeader`",
        "Adds `Forwarded: by=..;for=..` (RFC 7239) to requests, with the host that was asked for.",
        [By, For],
        static view => new ForwardedConfig(view.Get(By), view.Get(For)));
}

/// <summary>The keys of each labeler.</summary>
internal static class LabelerKeys
{
    public static readonly TextKey Label = new(
        "label", null, "", "letters, digits, `.`, `_` and `-`", IsObfuscated, "the text, to which a leading `_` is added where it has none")
    { Required = true };

    public static readonly Section<ForwardedLabel> Static = new(
        "labeler `static`", "A text of one's own.", [Label], static view => new ForwardedLabel(ForwardedLabelKind.Static, view.Get(Label)));

    public static Section<ForwardedLabel> Plain(string name, string doc, ForwardedLabelKind kind) =>
        new($"labeler `{name}`", doc, [], _ => new ForwardedLabel(kind));

    /// <summary>RFC 7239 section 6.3: an obfuscated identifier.</summary>
    private static bool IsObfuscated(string text)
    {
        foreach (char character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-')) return false;
        return text.Length is > 0 and <= 128;
    }
}

/// <summary>The kinds of <c>by</c> and <c>for</c>.</summary>
internal static class LabelerKinds
{
    public static readonly KindTable Table = new(
        "a labeler",
        "kind",
        "requestRandom",
        [
            Plain("requestRandom", "Six random letters or digits for each request.", ForwardedLabelKind.RequestRandom),
            Plain("connectionRandom", "Six random letters or digits for each connection.", ForwardedLabelKind.ConnectionRandom),
            Plain("ip", "The address.", ForwardedLabelKind.Ip),
            Plain("ip:port", "Address and port.", ForwardedLabelKind.IpPort),
            Plain("router", "The router's label.", ForwardedLabelKind.Router),
            new Kind<ForwardedLabel>("static", "A text of one's own.", LabelerKeys.Static),
        ]);

    private static Kind<ForwardedLabel> Plain(string name, string doc, ForwardedLabelKind kind) =>
        new(name, doc, LabelerKeys.Plain(name, doc, kind));
}
