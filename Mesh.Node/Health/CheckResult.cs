namespace Mesh.Node.Health;

/// <summary>What one check says of an endpoint.</summary>
internal enum CheckVerdict
{
    /// <summary>Nothing: the check could not be made, for want of something of this host's own.</summary>
    Void = 0,
    Good,
    Bad,
}

/// <summary>The outcome of one check.</summary>
/// <param name="Verdict">What it says.</param>
/// <param name="Evidence">What was seen, for operators: <c>GET /health answered 500</c>.</param>
/// <param name="Refuses">Nothing listens where requests would go.</param>
internal readonly record struct CheckResult(CheckVerdict Verdict, string Evidence, bool Refuses = false);
