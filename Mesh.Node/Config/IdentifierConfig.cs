namespace Mesh.Node.Config;

/// <summary>How a request gets its name.</summary>
internal abstract record IdentifierConfig;

/// <summary>The value of one header is the name's one segment (<c>io.l5d.header.token</c>).</summary>
internal sealed record HeaderTokenConfig(string Header) : IdentifierConfig
{
    public const string KindName = "io.l5d.header.token";
    public const string DefaultHeader = "Host";
}

/// <summary>The value of one header is a path (<c>io.l5d.header</c>).</summary>
internal sealed record HeaderPathConfig(string Header) : IdentifierConfig
{
    public const string KindName = "io.l5d.header";
    public const string DefaultHeader = "l5d-name";
}

/// <summary>Segments of a header that holds a path, as a rule HTTP/2's <c>:path</c> (<c>io.l5d.header.path</c>).</summary>
/// <param name="Header">Its name.</param>
/// <param name="Segments">How many; null: all.</param>
internal sealed record HeaderSegmentsConfig(string Header, int? Segments) : IdentifierConfig
{
    public const string KindName = "io.l5d.header.path";
    public const string DefaultHeader = ":path";
}

/// <summary>The first segments of the request's path (<c>io.l5d.path</c>).</summary>
/// <param name="Segments">How many, 1 or more.</param>
/// <param name="Consume">Whether they are taken off the path that is forwarded.</param>
internal sealed record PathIdentifierConfig(int Segments, bool Consume) : IdentifierConfig
{
    public const string KindName = "io.l5d.path";
    public const int DefaultSegments = 1;
}

/// <summary>Version, method and host (<c>io.l5d.methodAndHost</c>): <c>/1.1/GET/users.example</c>.</summary>
/// <param name="HttpUriInDst">Whether the request's path follows.</param>
internal sealed record MethodAndHostConfig(bool HttpUriInDst) : IdentifierConfig
{
    public const string KindName = "io.l5d.methodAndHost";
}

/// <summary>The instance that another node names; of the inbound side alone, and written by nobody.</summary>
internal sealed record InboundIdentifierConfig : IdentifierConfig;

/// <summary>One name for every request (<c>io.l5d.static</c>).</summary>
/// <param name="Path">Behind the router's <c>dstPrefix</c>, without a leading slash.</param>
internal sealed record StaticIdentifierConfig(string Path) : IdentifierConfig
{
    public const string KindName = "io.l5d.static";
}
