using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>Which program this is and since when it runs (Linkerd 1's fields; <c>uptime</c> is milliseconds).</summary>
internal sealed class ServerInfoEndpoint(NodeView node) : AdminEndpoint("/admin/server_info", "name, version, build, start and uptime, as JSON")
{
    private readonly DateTimeOffset _started = node.Time.GetUtcNow();
    private readonly long _startedAt = node.Time.GetTimestamp();

    public override Task HandleAsync(HttpContext context) => AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        (string version, string build) = Version();
        json.WriteStartObject();
        json.WriteString("name", "mesh");
        json.WriteString("version", version);
        json.WriteString("build", build);
        json.WriteString("start_time", AdminJson.Time(_started));
        json.WriteNumber("uptime", (long)node.Time.GetElapsedTime(_startedAt).TotalMilliseconds);
        json.WriteString("runtime", $".NET {Environment.Version}");
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteBoolean("ready", node.NotReady().Count == 0);
        if (node.WriteReload is { } writeReload)
        {
            json.WritePropertyName("reload");
            writeReload(json);
        }

        json.WriteEndObject();
    });

    /// <summary>The informational version is <c>1.2.3+commit</c>, and without a commit where it was built outside of a repository.</summary>
    private static (string Version, string Build) Version()
    {
        var attribute = typeof(ServerInfoEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        string full = attribute?.InformationalVersion ?? "unknown";
        int plus = full.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (full, "unknown") : (full[..plus], full[(plus + 1)..]);
    }
}
