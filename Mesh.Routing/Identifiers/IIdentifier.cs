using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Exchange;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Identifiers;

/// <summary>
/// Names a request. The hot path takes a <i>key</i> (bytes of the head where they lie, else of the thread's <see cref="KeyScratch"/>) and asks
/// the binding cache; only a miss makes a path of it.
/// </summary>
/// <remarks>Any thread. <see cref="TryIdentify"/> is on the hot path and allocates nothing.</remarks>
public interface IIdentifier
{
    /// <summary>False when the request has nothing that this identifier names it by: the next one of the list is asked.</summary>
    bool TryIdentify(RequestHead head, out Identification found);

    /// <summary>
    /// The service name; equal keys give equal paths. False when the key is no name: the request is refused and no other identifier asked,
    /// because the client meant something.
    /// </summary>
    /// <param name="key">As <see cref="TryIdentify"/> took it.</param>
    /// <param name="name">The service name, prefix included.</param>
    /// <param name="fault">Why the key is no name, for the client; one line.</param>
    bool TryName(ReadOnlySpan<byte> key, [NotNullWhen(true)] out Path? name, [NotNullWhen(false)] out string? fault);

    /// <summary>It believes a header of the mesh's own, <c>l5d-*</c>.</summary>
    bool ReadsContext => false;

    /// <summary>Why this request is not identified, for the client: <c>it has no header Host</c>. Cold; only after a refusal.</summary>
    string Explain(RequestHead head);
}
