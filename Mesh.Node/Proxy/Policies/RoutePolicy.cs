using System.Text;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy.Policies;

/// <summary>One rule, compiled. Of one list; immutable but for the places of its mirror.</summary>
internal sealed class RoutePolicy
{
    private readonly PathMatcher _service;
    private readonly PathPrefix? _path;
    private readonly byte[]? _method;
    private readonly HeaderMatch[] _headers;

    /// <param name="config">As written, and without fault.</param>
    /// <param name="rule">Which one, for people.</param>
    public RoutePolicy(RoutePolicyConfig config, string rule)
    {
        PolicyMatchConfig match = config.Match;
        _service = match.Service;
        _path = match.PathPrefix is { } prefix ? new PathPrefix(prefix) : null;
        _method = match.Method is { } method ? Encoding.ASCII.GetBytes(method) : null;
        _headers = [.. match.Headers.Select(static header => new HeaderMatch(header.Name, header.Value))];
        (Rule, Config) = (rule, config);
        Headers = config.Headers is { } headers ? new HeaderPolicy(headers) : null;
        Redirect = config.Redirect is { } redirect ? new RedirectPolicy(redirect, _path) : null;
        Rewrite = config.Rewrite is { } rewrite ? new RewritePolicy(rewrite, _path) : null;
        Mirror = config.Mirror is { } mirror ? new MirrorPolicy(mirror) : null;
        Fault = config.Fault is { } fault ? new FaultPolicy(fault, rule) : null;
    }

    /// <summary>Which one, for people: <c>2 of namespace web</c>.</summary>
    public string Rule { get; }

    /// <summary>As written.</summary>
    public RoutePolicyConfig Config { get; }

    public ResilienceConfig? Resilience => Config.Resilience;

    public HeaderPolicy? Headers { get; }

    public RedirectPolicy? Redirect { get; }

    public RewritePolicy? Rewrite { get; }

    public MirrorPolicy? Mirror { get; }

    public FaultPolicy? Fault { get; }

    /// <summary>Cold: asked when a service name is first used, and after changes.</summary>
    public bool IsFor(Path service) => _service.TryMatch(service, out _);

    /// <remarks>Hot path: allocates nothing.</remarks>
    public bool Matches(RequestHead head)
    {
        if (_method is not null && !head.MethodBytes.SequenceEqual(_method)) return false;
        if (_path is not null && !_path.Matches(head.Target)) return false;
        foreach (HeaderMatch header in _headers)
        {
            if (!header.Matches(head)) return false;
        }

        return true;
    }
}
