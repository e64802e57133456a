namespace Mesh.Node.Config;

/// <summary>What of a request ties it to others.</summary>
internal enum RequestKeyKind
{
    /// <summary>The value of a header field.</summary>
    Header,

    /// <summary>The value of a cookie.</summary>
    Cookie,

    /// <summary>The client's IP address.</summary>
    Source,
}

/// <summary>By what requests are told to belong together: to one endpoint (affinity), to one caller (rate limits).</summary>
/// <param name="Kind">Where it is found.</param>
/// <param name="Name">Of the header field or cookie; empty for <see cref="RequestKeyKind.Source"/>.</param>
internal sealed record RequestKeyConfig(RequestKeyKind Kind, string Name)
{
    public static RequestKeyConfig Source { get; } = new(RequestKeyKind.Source, "");
}
