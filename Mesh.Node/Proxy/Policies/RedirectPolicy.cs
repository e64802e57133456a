using System.Globalization;
using System.Text;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;

namespace Mesh.Node.Proxy.Policies;

/// <summary>Answers requests with another address.</summary>
internal sealed class RedirectPolicy(RedirectConfig config, PathPrefix? matched)
{
    /// <summary>A scheme that it cannot go with.</summary>
    public static readonly FaultReport NoHost = new(
        new Fault(FaultStage.Request, FaultParty.Client, FaultCause.Rejected),
        "A policy redirects this request to another scheme of the host that it asks for, and it names none; send a Host field.");

    private readonly PathChange? _path = PathChange.Of(config.Path, matched);

    public int Status => config.Status;

    /// <summary>
    /// The address, as a reference that keeps what the policy does not name (RFC 3986 section 4.2): a node behind another proxy need not know the
    /// scheme that the client sees. Null: the request names no host, and the policy only a scheme.
    /// </summary>
    /// <remarks>Cold. What is left of a path never begins with two slashes where it stands alone: a client would take it for a host.</remarks>
    public string? Locate(RequestHead head)
    {
        ReadOnlySpan<byte> target = head.Target;
        bool isPath = PathPrefix.IsPath(target);
        var path = new StringBuilder();
        if (isPath && _path is not null) path.Append(Encoding.ASCII.GetString(_path.Replacement));
        AppendEscaped(path, isPath ? target[(_path?.SkipOf(target) ?? 0)..] : default);
        if (path.Length == 0 || path[0] == '?') path.Insert(0, '/');
        if (config.Host is null && config.Scheme is null) return "/" + path.ToString().TrimStart('/', '\\');
        string host = config.Host ?? WithoutPort(Encoding.Latin1.GetString(head.Authority));
        if (host.Length == 0) return null;
        return $"{(config.Scheme is { } scheme ? scheme + ":" : "")}//{host}{path}";
    }

    /// <summary>
    /// It would lead to where the request is already: it names a scheme, and only that, or that and the host that is asked for, and the client has
    /// come by it. Answering would send the client in circles.
    /// </summary>
    /// <param name="head">The request.</param>
    /// <param name="isSecured">It has come in TLS that this node ends.</param>
    public bool LeadsHere(RequestHead head, bool isSecured) => config.Scheme is { } scheme
        && _path is null
        && (scheme == "https") == isSecured
        && (config.Host is null || Ascii.EqualsIgnoreCase(head.Authority, config.Host));

    private static string WithoutPort(string authority)
    {
        int colon = authority.LastIndexOf(':');
        return colon > authority.LastIndexOf(']') ? authority[..colon] : authority;
    }

    /// <summary>What no field may hold as it is, and no address either (RFC 3986 section 2).</summary>
    private static void AppendEscaped(StringBuilder text, ReadOnlySpan<byte> target)
    {
        foreach (byte each in target)
        {
            bool isPlain = each is > (byte)' ' and < 0x7f and not ((byte)'"' or (byte)'<' or (byte)'>');
            if (isPlain) text.Append((char)each);
            else text.Append(CultureInfo.InvariantCulture, $"%{each:X2}");
        }
    }
}
