using System.Diagnostics.CodeAnalysis;
using System.Net;
using Mesh.Discovery.Services;
using Mesh.Node.Config;
using Mesh.Node.Config.Keys;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Admin.Services;

/// <summary>Makes a lease of the fields of a call, or says which field is wrong and what would be right.</summary>
/// <remarks>Names, ranges and defaults are those of <c>services</c> in the config.</remarks>
internal sealed class RegistrationReader
{
    private const string Check = "healthCheck";
    private static readonly string[] s_known =
    [
        "port", "ip", "protocol", "tags", "weight", "zone", "ttlMs", Check, Check + ".kind", Check + ".path", Check + ".host", Check + ".port",
        Check + ".intervalMs", Check + ".timeoutMs", Check + ".healthyThreshold", Check + ".unhealthyThreshold",
    ];

    private readonly RequestFields _fields;
    private string? _fault;

    private RegistrationReader(RequestFields fields) => _fields = fields;

    public static bool TryRead(
        RequestFields fields, string service, string id, [NotNullWhen(true)] out Registration? lease, [NotNullWhen(false)] out string? fault)
    {
        var reader = new RegistrationReader(fields);
        Registration read = reader.Read(service, id);
        fault = reader._fault;
        lease = fault is null ? read : null;
        return fault is null;
    }

    private Registration Read(string service, string id)
    {
        if (_fields.Names.FirstOrDefault(static name => !s_known.Contains(name)) is { } unknown)
            Fail($"there is no field `{unknown}`; there are {string.Join(", ", s_known.Select(static name => $"`{name}`"))}");
        if (!_fields.TryGet("port", out _)) Fail($"`port` is missing; {Numbers.Expected(1, SharedKeys.MaxPort, "")}, where the app listens");
        int port = Number("port", 1, 1, SharedKeys.MaxPort, "");
        int ttl = Number(
            "ttlMs", (int)Registration.DefaultTtl.TotalMilliseconds, (int)Registration.ShortestTtl.TotalMilliseconds,
            (int)Registration.LongestTtl.TotalMilliseconds, "ms");
        return new Registration(service, id, new IPEndPoint(Ip(), port))
        {
            Protocol = Text(
                "protocol", static text => text is ServiceInstance.Http or ServiceInstance.Http2 or ServiceInstance.Tcp, "`http`, `h2` or `tcp`")
                ?? ServiceInstance.Http,
            Tags = [.. Tags()],
            Weight = Weight(),
            Zone = Text("zone", ServiceNames.IsTag, ServiceNames.ExpectedTag) ?? "",
            Ttl = TimeSpan.FromMilliseconds(ttl),
            Check = ReadCheck(),
        };
    }

    private IPAddress Ip()
    {
        if (!_fields.TryGet("ip", out string? text)) return IPAddress.Loopback;
        bool isAddress = text.AsSpan().ContainsAny('.', ':') & IPAddress.TryParse(text, out IPAddress? ip);
        if (isAddress && !IPAddress.Any.Equals(ip) && !IPAddress.IPv6Any.Equals(ip)) return ip!;
        Fail($"`ip` is `{text}`; it must be the address that this node reaches the app at, such as `127.0.0.1`");
        return IPAddress.Loopback;
    }

    private string[] Tags()
    {
        if (!_fields.TryGet("tags", out string? text)) return [];
        const StringSplitOptions plain = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] tags = [.. text.Split(',', plain).Select(ServiceNames.Normal).Distinct()];
        if (tags.Length > ServiceNames.MaxTags) Fail($"`tags` has {tags.Length} tags; at most {ServiceNames.MaxTags} are allowed");
        if (tags.FirstOrDefault(static tag => !ServiceNames.IsTag(tag)) is { } bad) Fail($"`tags` has `{bad}`; a tag is {ServiceNames.ExpectedTag}");
        return tags;
    }

    private double Weight()
    {
        if (!_fields.TryGet("weight", out string? text)) return 1;
        if (Numbers.TryParse(text, out double weight) && weight is >= Registration.LeastWeight and <= Registration.MostWeight) return weight;
        Fail($"`weight` is `{text}`; it must be a number from {Numbers.Text(Registration.LeastWeight)} to {Numbers.Text(Registration.MostWeight)}");
        return 1;
    }

    /// <summary>
    /// <c>healthCheck=tcp</c>, <c>healthCheck=/health</c>, or its keys as in the config. Where one of them is given there is a check.
    /// </summary>
    private InstanceCheck? ReadCheck()
    {
        if (!_fields.Names.Any(static name => name.StartsWith(Check, StringComparison.Ordinal))) return null;
        string? kind = null, path = null;
        if (_fields.TryGet(Check, out string? brief))
        {
            if (brief.StartsWith('/')) (kind, path) = ("http", brief);
            else kind = brief;
        }

        if (_fields.TryGet(Check + ".kind", out string? written)) kind = written;
        path = Text(Check + ".path", HealthCheckKeys.IsRequestTarget, "a path from its first slash, such as `/health`, without spaces") ?? path;
        kind ??= path is null ? "tcp" : "http";
        if (kind is not ("tcp" or "http")) Fail($"`{Check}` is `{kind}`; it must be `tcp`, `http` with `{Check}.path`, or a path such as `/health`");
        else if (kind == "http" && path is null) Fail($"`{Check}.path` is missing; what is asked with GET, such as `/health`");
        else if (path is not null && !HealthCheckKeys.IsRequestTarget(path)) Fail($"`{Check}` is `{path}`; it must be a path without spaces");
        int interval = Number(
            Check + ".intervalMs", HealthCheckConfig.DefaultIntervalMs, HealthCheckKeys.LeastIntervalMs, SharedKeys.MaxMs, "ms");
        int timeout = Number(Check + ".timeoutMs", Math.Min(HealthCheckConfig.DefaultTimeoutMs, interval), 1, interval, "ms");
        return new InstanceCheck(
            kind == "http" ? path : null,
            Text(Check + ".host", static text => text.Length <= 253 && HealthCheckKeys.IsAuthority(text), "a host name, with or without a port"),
            _fields.TryGet(Check + ".port", out _) ? Number(Check + ".port", 1, 1, SharedKeys.MaxPort, "") : null,
            interval,
            timeout,
            Number(Check + ".healthyThreshold", HealthCheckConfig.DefaultHealthyThreshold, 1, HealthCheckKeys.MostInARow, "checks"),
            Number(Check + ".unhealthyThreshold", HealthCheckConfig.DefaultUnhealthyThreshold, 1, HealthCheckKeys.MostInARow, "checks"));
    }

    private string? Text(string name, Func<string, bool> accepts, string expected)
    {
        if (!_fields.TryGet(name, out string? text)) return null;
        if (!accepts(text)) Fail($"`{name}` is `{text}`; it must be {expected}");
        return text;
    }

    private int Number(string name, int whenAbsent, int least, int most, string unit)
    {
        if (!_fields.TryGet(name, out string? text)) return whenAbsent;
        if (Numbers.TryParse(text, least, most, out int value)) return value;
        Fail($"`{name}` is `{text}`; it must be {Numbers.Expected(least, most, unit)}");
        return whenAbsent;
    }

    /// <summary>The first one is said.</summary>
    private void Fail(string what) => _fault ??= what;
}
