namespace Mesh.Actors.Clustering;

/// <summary>
/// Versions of what nodes say to each other. A release raises <see cref="Newest"/> when it says something new, and <see cref="Oldest"/> when it no
/// longer understands what nodes of an older one say: two releases later at the earliest, so that a fleet is renewed node by node.
/// </summary>
internal static class ProtocolVersions
{
    public const int Oldest = 1;
    public const int Newest = 1;
}
