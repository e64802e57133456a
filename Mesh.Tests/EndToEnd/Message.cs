using System.Globalization;
using System.Text;

namespace Mesh.Tests.EndToEnd;

/// <summary>An HTTP/1 message as it came off the peer.</summary>
/// <param name="Head">Start line and fields with their CRLFs, as received.</param>
/// <param name="Body">Without its framing.</param>
/// <param name="Trailers">Trailer lines, empty when there were none.</param>
/// <param name="IsComplete">False when the connection ended or broke before the end that the framing promised.</param>
internal sealed record Message(string Head, byte[] Body, string Trailers, bool IsComplete)
{
    public string StartLine => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    /// <summary>Of a response; 0 for a request.</summary>
    public int Status => int.TryParse(StartLine.Split(' ').ElementAtOrDefault(1), CultureInfo.InvariantCulture, out int status) ? status : 0;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>All values of a field in order, joined by a comma; null when there is none.</summary>
    public string? this[string name]
    {
        get
        {
            string[] values =
            [
                .. Head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
                    .Select(line => line[(name.Length + 1)..].Trim()),
            ];
            return values.Length == 0 ? null : string.Join(", ", values);
        }
    }

    public bool Has(string name) => this[name] is not null;
}
