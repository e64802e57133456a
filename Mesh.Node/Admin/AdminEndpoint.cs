using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>One thing that an operator or a script may ask of a node over HTTP.</summary>
/// <remarks>Handlers run on the thread pool, many at once. One that throws becomes a 500 and a log line.</remarks>
internal abstract class AdminEndpoint
{
    /// <summary>The end of a <see cref="Path"/> that answers for everything below it.</summary>
    public const string Below = "/*";

    /// <param name="path">Absolute, case-sensitive, no slash at the end; ending in <see cref="Below"/> it takes every path below it.</param>
    /// <param name="summary">One line for the list at <c>/admin</c>.</param>
    /// <param name="methods">Accepted methods; GET brings HEAD with it. None means GET.</param>
    protected AdminEndpoint(string path, string summary, params ImmutableArray<string> methods)
    {
        if (!path.StartsWith('/')) throw new ArgumentException($"'{path}' does not begin with a slash", nameof(path));
        Path = path;
        Summary = summary;
        if (methods.IsEmpty) methods = [HttpMethods.Get];
        Methods = methods.Contains(HttpMethods.Get) ? methods.Add(HttpMethods.Head) : methods;
        Allow = string.Join(", ", Methods);
    }

    public string Path { get; }

    public string Summary { get; }

    public ImmutableArray<string> Methods { get; }

    /// <summary>What <c>admin.security</c> counts it as.</summary>
    public virtual AdminClass Class => AdminClass.Diagnostics;

    /// <summary>Whether its methods other than GET and HEAD change something: then they need the admin token and leave a line in the log.</summary>
    public virtual bool Mutates => false;

    /// <summary>Whether whoever asks from another machine shows the admin token even where nothing changes.</summary>
    public virtual bool IsGuardedAfar => false;

    /// <summary>The methods as the <c>Allow</c> field wants them (RFC 9110, 10.2.1).</summary>
    public string Allow { get; }

    /// <summary>Answers one request; for HEAD as for GET, the server drops the body.</summary>
    public abstract Task HandleAsync(HttpContext context);
}
