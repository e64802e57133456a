using System.Text;

namespace Mesh.Node.Proxy.Policies;

/// <summary>
/// The front of a request's path, in whole segments: <c>/v1</c> is that of <c>/v1</c>, <c>/v1/x</c> and <c>/v1?q</c>, not of <c>/v10</c>.
/// </summary>
/// <remarks>Hot path: bytes are compared as they came, nothing is decoded, nothing allocated.</remarks>
internal sealed class PathPrefix(string text)
{
    /// <summary>Without a slash at its end; empty for <c>/</c>.</summary>
    private readonly byte[] _bytes = Trimmed(text);

    /// <summary>Bytes of a target that matches which the prefix takes.</summary>
    public int Length => _bytes.Length;

    /// <summary>A path as it stands before a rest that begins with a slash: without one at its end.</summary>
    public static byte[] Trimmed(string path) => Encoding.ASCII.GetBytes(path.TrimEnd('/'));

    /// <summary>Bytes of a target before its query. No path, as an absolute form may have, is <c>/</c>.</summary>
    public static int LengthOfPath(ReadOnlySpan<byte> target) => target.IndexOf((byte)'?') is var end and >= 0 ? end : target.Length;

    /// <summary>The <c>*</c> of OPTIONS is no path.</summary>
    public static bool IsPath(ReadOnlySpan<byte> target) => target.IsEmpty || target[0] is (byte)'/' or (byte)'?';

    public bool Matches(ReadOnlySpan<byte> target) =>
        IsPath(target) && target.StartsWith(_bytes) && (target.Length == _bytes.Length || target[_bytes.Length] is (byte)'/' or (byte)'?');
}
