using System.Globalization;

namespace Mesh.Routing.Accrual;

/// <summary>Why an endpoint is not used like its siblings; <see cref="object.ToString"/> says it in words, with the numbers.</summary>
public abstract record Evidence
{
    private Evidence() { }

    /// <summary>Failures in a row, the last of this kind.</summary>
    public sealed record InARow(Outcome Last, int Failures) : Evidence
    {
        public override string ToString() => Last == Outcome.ConnectFailure
            ? string.Create(CultureInfo.InvariantCulture, $"connect failure: {Failures} in a row")
            : string.Create(CultureInfo.InvariantCulture, $"{Failures} failure{(Failures == 1 ? "" : "s")} in a row");
    }

    /// <summary>The average of success fell too low.</summary>
    /// <param name="Last">The outcome that made it fall below.</param>
    /// <param name="Rate">The average, 0 to 1.</param>
    /// <param name="Rule">What judged.</param>
    public sealed record LowRate(Outcome Last, double Rate, AccrualConfig Rule) : Evidence
    {
        public override string ToString() => Rule switch
        {
            AccrualConfig.SuccessRate rule => Words(rule.Rate, $"{rule.Requests} requests"),
            AccrualConfig.SuccessRateWindowed rule => Words(rule.Rate, $"{rule.Window.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s"),
            _ => "success rate",
        };

        /// <summary>Rounded down, so that 0.7999 does not read as 0.8.</summary>
        private string Words(double required, string over) => string.Create(
            CultureInfo.InvariantCulture, $"success rate {Math.Floor(Rate * 1000) / 1000:0.###} < {required:0.###} over {over}");
    }

    /// <summary>A probe failed; so many failures in a row by now.</summary>
    public sealed record FailedProbe(Outcome Last, int Failures) : Evidence
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"probe failed{(Last == Outcome.ConnectFailure ? " to connect" : "")}: {Failures} failures in a row");
    }

    /// <summary>It answered, and asked to be spared.</summary>
    /// <param name="RestNs">For how long at most, nanoseconds.</param>
    public sealed record RetryAfter(long RestNs) : Evidence
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Retry-After: {RestNs / 1e9:0.###} s");
    }

    /// <summary>Active checks fail.</summary>
    /// <param name="Result">Of the last one, such as <c>GET /health answered 500</c>.</param>
    public sealed record FailedCheck(string? Result) : Evidence
    {
        public override string ToString() => Result is null ? "health check failed" : $"health check: {Result}";
    }

    /// <summary>Discovery doubts it.</summary>
    /// <param name="Reason">In its words, such as <c>node n2 cannot be reached</c>.</param>
    public sealed record Doubted(string Reason) : Evidence
    {
        public override string ToString() => Reason;
    }
}
