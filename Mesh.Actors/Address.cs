namespace Mesh.Actors;

/// <summary>Where an actor system lives. Without host and port it means this process; remoting fills them in.</summary>
public sealed record Address(string System, string? Host = null, int? Port = null)
{
    /// <summary>The scheme of every actor path.</summary>
    public const string Protocol = "mesh";

    /// <summary><c>mesh://system</c> or <c>mesh://system@host:port</c>.</summary>
    public override string ToString() => Host is null ? $"{Protocol}://{System}" : $"{Protocol}://{System}@{Host}:{Port}";

    internal static bool TryParse(ReadOnlySpan<char> text, out Address? address)
    {
        address = null;
        int at = text.IndexOf('@');
        ReadOnlySpan<char> system = at < 0 ? text : text[..at];
        if (!ActorPath.IsValidName(system)) return false;
        if (at < 0)
        {
            address = new Address(system.ToString());
            return true;
        }

        ReadOnlySpan<char> endpoint = text[(at + 1)..];
        int colon = endpoint.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(endpoint[(colon + 1)..], out ushort port)) return false;
        address = new Address(system.ToString(), endpoint[..colon].ToString(), port);
        return true;
    }
}
