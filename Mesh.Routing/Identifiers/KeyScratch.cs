namespace Mesh.Routing.Identifiers;

/// <summary>
/// Room for keys that do not lie in the head in one piece. It belongs to the thread, not to the connection: a key is looked up before the
/// thread does anything else, and an idle connection shall hold no buffer.
/// </summary>
/// <remarks>Hot path. Each of the two rooms holds what was written last; the same room is handed out again by the next call.</remarks>
internal static class KeyScratch
{
    /// <summary>Room kept by a thread, bytes, for each of the two; a larger one is made for its request and forgotten.</summary>
    public const int KeptBytes = 16 * 1024;

    [ThreadStatic]
    private static byte[]? _name;

    [ThreadStatic]
    private static byte[]? _overrides;

    public static Span<byte> ForName(int bytes) => bytes > KeptBytes ? new byte[bytes] : (_name ??= new byte[KeptBytes]).AsSpan(0, bytes);

    public static Span<byte> ForOverrides(int bytes) =>
        bytes > KeptBytes ? new byte[bytes] : (_overrides ??= new byte[KeptBytes]).AsSpan(0, bytes);
}
