using System.Collections.Immutable;
using Mesh.Discovery.Names;

namespace Mesh.Node.Config;

/// <summary>
/// One rule of a list of policies: which requests, and what is done with them. Of each action the first rule that matches and has it counts.
/// </summary>
/// <param name="Match">Which requests.</param>
internal sealed record RoutePolicyConfig(PolicyMatchConfig Match)
{
    /// <summary>Rules of one list: a request is compared with each that names its service.</summary>
    public const int MaxRules = 100;

    public ResilienceConfig? Resilience { get; init; }

    public HeaderPolicyConfig? Headers { get; init; }

    public RedirectConfig? Redirect { get; init; }

    public RewriteConfig? Rewrite { get; init; }

    public MirrorConfig? Mirror { get; init; }

    public PolicyFaultConfig? Fault { get; init; }

    /// <summary>The rule as it was written, in one spelling: two rules are equal where they were written alike.</summary>
    public string Text { get; init; } = "";

    public bool Equals(RoutePolicyConfig? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Which requests a rule is for: all that is written must hold, of the request as it came.</summary>
/// <param name="Service">What the service name begins with, a pattern of whole segments.</param>
/// <param name="PathPrefix">What the path begins with, in whole segments, <c>/v1</c>; null: any target, also one without a path.</param>
/// <param name="Method">As it is sent, case and all; null: any.</param>
/// <param name="Headers">All must be there.</param>
internal sealed record PolicyMatchConfig(PathMatcher Service, string? PathPrefix, string? Method, ImmutableArray<HeaderMatchConfig> Headers)
{
    public static PolicyMatchConfig All { get; } = new(PathMatcher.Any, null, null, []);

    /// <summary>Headers that one rule may ask for.</summary>
    public const int MaxHeaders = 8;

    public bool Equals(PolicyMatchConfig? other) =>
        other is not null && Service.Text == other.Service.Text && PathPrefix == other.PathPrefix && Method == other.Method
        && Headers.AsSpan().SequenceEqual(other.Headers.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Service.Text, PathPrefix, Method, Headers.Length);
}

/// <param name="Name">Of a field, case ignored.</param>
/// <param name="Value">Exactly; null: any.</param>
internal sealed record HeaderMatchConfig(string Name, string? Value);

/// <summary>How requests are treated that match, over the config's <c>service</c> and <c>client</c>.</summary>
/// <param name="Over">The parameters given where they are written; the others as they were.</param>
/// <param name="AttemptTimeoutMs">Over the destination's; null: as that.</param>
/// <param name="HasBudget">Retries are paid from a budget of their own.</param>
internal sealed record ResilienceConfig(Func<ServiceConfig, ServiceConfig> Over, int? AttemptTimeoutMs, bool HasBudget);

/// <summary>Fields of requests, and of the backend's responses to them, that are put in or taken out.</summary>
internal sealed record HeaderPolicyConfig(HeaderEditConfig? Request, HeaderEditConfig? Response);

/// <param name="Set">In place of all fields of that name.</param>
/// <param name="Add">Beside them.</param>
/// <param name="Remove">All fields of these names.</param>
internal sealed record HeaderEditConfig(ImmutableArray<HeaderValueConfig> Set, ImmutableArray<HeaderValueConfig> Add, ImmutableArray<string> Remove)
{
    /// <summary>Lines of each list.</summary>
    public const int MaxLines = 16;
}

internal sealed record HeaderValueConfig(string Name, string Value);

/// <summary>The request is answered with another address.</summary>
/// <param name="Status">301, 302, 303, 307 or 308.</param>
/// <param name="Scheme">Null: the client's own.</param>
/// <param name="Host">With a port or without; null: the client's own.</param>
/// <param name="Path">What becomes of the path.</param>
internal sealed record RedirectConfig(int Status, string? Scheme, string? Host, PathChangeConfig Path)
{
    /// <summary>302 (Found).</summary>
    public const int DefaultStatus = 302;
}

/// <summary>The request is forwarded with another target.</summary>
/// <param name="Host">In place of the authority; null: as it came.</param>
/// <param name="Path">What becomes of the path.</param>
internal sealed record RewriteConfig(string? Host, PathChangeConfig Path);

/// <summary>The query stays. Neither: the path stays too.</summary>
/// <param name="Prefix">In place of the prefix that matched.</param>
/// <param name="Whole">In place of the whole path.</param>
internal sealed record PathChangeConfig(string? Prefix, string? Whole);

/// <summary>Copies of requests go elsewhere too, and nobody waits for what comes of them.</summary>
/// <param name="To">A service name.</param>
/// <param name="Percent">Of the requests that match, 0 to 100.</param>
/// <param name="MaxInFlight">More copies at the same time are not made.</param>
internal sealed record MirrorConfig(string To, double Percent, int MaxInFlight)
{
    public const int DefaultMaxInFlight = 50;

    /// <summary>What <see cref="MaxInFlight"/> may be at most.</summary>
    public const int MaxInFlightLimit = 1000;
}

/// <summary>A drill. Delay and abort are drawn apart; a request may meet both.</summary>
internal sealed record PolicyFaultConfig(int AbortStatus, double AbortPercent, int DelayMs, double DelayPercent);
