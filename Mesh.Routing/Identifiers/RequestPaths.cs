using Mesh.Wire.Exchange;

namespace Mesh.Routing.Identifiers;

/// <summary>The path of a request as identifiers see it.</summary>
internal static class RequestPaths
{
    /// <summary>The target without its query; empty when an absolute form had no path; <c>*</c> stays.</summary>
    /// <remarks>Hot path.</remarks>
    public static ReadOnlySpan<byte> Of(RequestHead head)
    {
        ReadOnlySpan<byte> target = head.Target;
        int query = target.IndexOf((byte)'?');
        return query < 0 ? target : target[..query];
    }
}
