using Mesh.Node.Config.Schema;
using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Keys;

/// <summary><c>socketOptions</c> where a node sets them itself: each key loads with the value that holds anyway, and no other.</summary>
internal sealed class FixedSocketOptionsKey(string doc) : Key("socketOptions", doc)
{
    private static readonly Section s_section = new(
        "`socketOptions`",
        "Each may only have the value that holds anyway.",
        [
            new UnsupportedKey("noDelay", "Holding back small writes.", "true"),
            new UnsupportedKey("reuseAddr", "Waiting until old connections are gone.", "true"),
            new UnsupportedKey("reusePort", "Sharing a local port.", "false"),
            new UnsupportedKey("keepAlive", "Probes of idle connections by the kernel.", "false"),
            new UnsupportedKey("readTimeoutMs", "A limit between reads."),
            new UnsupportedKey("writeTimeoutMs", "A limit between writes."),
            new UnsupportedKey("backlog", "Connections that wait to be accepted."),
        ]);

    public override KeyShape Shape => new("mapping");

    public override IEnumerable<Below> Below => [new Below("", s_section)];

    public override Section? SectionOf(YamlMapping value) => s_section;

    public override void Check(Position keyAt, YamlNode value, CheckContext context) => s_section.Check(value, context);
}
