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

    /// <summary>The names being watched, for an operator; empty where there is no state (a rewriting namer).</summary>
    ImmutableArray<NameStatus> Status => [];

    /// <summary>
    /// The names, prefix included, that the namer knows of whether or not somebody asks for them, where they can be counted; otherwise
    /// none. May do I/O, off the caller; for an operator, not for requests.
    /// </summary>
    Task<ImmutableArray<Path>> ListNamesAsync(CancellationToken cancellation) => Task.FromResult(ImmutableArray<Path>.Empty);
}

/// <summary>A live answer; disposing it lets the namer forget.</summary>
public interface INameWatch : ILive<NameState>, IDisposable;
