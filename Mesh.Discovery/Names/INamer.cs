using System.Collections.Immutable;

namespace Mesh.Discovery.Names;

/// <summary>A source of names below one prefix.</summary>
/// <remarks>All members: any thread, never blocking, no I/O on the caller (a request's thread may be the caller).</remarks>
public interface INamer
{
    /// <summary>Where the namer sits, such as <c>/#/io.l5d.fs</c>.</summary>
    Path Prefix { get; }

    /// <summary>Watches what <paramref name="residual"/> (the path after the prefix) leads to, until the watch is disposed.</summary>
    INameWatch Lookup(Path residual);

    /// <summary>What is wrong just now, in words for an operator, with file:line; empty when all is well.</summary>
    ImmutableArray<string> Problems => [];
}

/// <summary>A live answer; disposing it lets the namer forget.</summary>
public interface INameWatch : ILive<NameState>, IDisposable;
