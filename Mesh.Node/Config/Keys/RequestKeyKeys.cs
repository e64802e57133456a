using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>By what requests are told to belong together.</summary>
internal static class RequestKeyKeys
{
    private const string NameExpected = "a name of letters, digits and `-_.` such as `x-user-id`, at most 128 characters";

    public static readonly TextKey Name = new("name", "", "", NameExpected, SharedKeys.IsToken, "the name of the header or cookie")
    {
        Required = true,
    };

    public static readonly Section<RequestKeyConfig> Header = new(
        "request key `header`", "The value of a header.", [Name], static view => new RequestKeyConfig(RequestKeyKind.Header, view.Get(Name)!));

    public static readonly Section<RequestKeyConfig> Cookie = new(
        "request key `cookie`", "The value of a cookie.", [Name], static view => new RequestKeyConfig(RequestKeyKind.Cookie, view.Get(Name)!));

    public static readonly Section<RequestKeyConfig> Source = new(
        "request key `source`", "The client's IP address, without its port.", [], static _ => RequestKeyConfig.Source);
}

/// <summary>The kinds of <c>key</c> and <c>caller</c>.</summary>
internal static class RequestKeyKinds
{
    public static readonly KindTable Table = new(
        "a request key",
        "kind",
        null,
        [
            new Kind<RequestKeyConfig>("header", "The value of a header.", RequestKeyKeys.Header),
            new Kind<RequestKeyConfig>("cookie", "The value of a cookie.", RequestKeyKeys.Cookie),
            new Kind<RequestKeyConfig>("source", "The client's IP address.", RequestKeyKeys.Source),
        ]);
}
