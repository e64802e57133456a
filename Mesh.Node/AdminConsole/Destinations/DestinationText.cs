using System.Globalization;
using Mesh.Node.Admin;
using Mesh.Routing.Destinations;

namespace Mesh.Node.AdminConsole.Destinations;

/// <summary>Destinations as lines. Pure.</summary>
internal static class DestinationText
{
    /// <summary>Transitions that are shown.</summary>
    private const int MaxTransitions = 8;

    private static readonly string[] s_heading = ["CLIENT", "ROUTER", "LIVE", "OUT", "OK", "P50", "P99", "REMARKS"];

    /// <summary>A line each below a heading.</summary>
    public static void WriteList(TextWriter text, IReadOnlyList<DestinationFacts> all)
    {
        string[][] rows = [s_heading, .. all.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, s_heading.Length - 1).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            text.WriteLine(string.Join(" | ", row.Select((cell, i) => i < widths.Length ? cell.PadRight(widths[i]) : cell)).TrimEnd(' ', '|'));
        string endpoints = all.Count == 0 ? "" : $"; attempts {Over(all)}";
        text.WriteLine($"Count: {all.Count} destinations{endpoints}");
    }

    /// <summary>One destination, then a line or two for each of its endpoints, then what happened lately.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="facts">Of whom.</param>
    /// <param name="taken">When they were so.</param>
    public static void Write(TextWriter text, DestinationFacts facts, DateTimeOffset taken)
    {
        DestinationStatus status = facts.Status;
        string remarks = facts.Remarks.Length == 0 ? "" : $" | {facts.Remarks}";
        text.WriteLine($"{facts.Id} | router {facts.Router} | live {status.Usable}/{status.Endpoints.Length} | out {facts.InFlight}{remarks}");
        RequestRates rates = facts.Rates;
        text.WriteLine($"attempts: {rates.Count}, {Share(rates.SuccessShare)} ok | p50 {Span(rates.P50)} | p99 {Span(rates.P99)} | {Over([facts])}");
        text.WriteLine($"balancer: {ClientStateWords.Of(status.Options.Balancer.Kind)} | accrual: {ClientStateWords.Of(status.Options.Accrual)}");
        if (facts.Limit is { } limit) text.WriteLine($"limit: {limit.InFlight} of {limit.Limit} out, {limit.Waiting} wait");
        if (!facts.FromActor) text.WriteLine("its actor did not answer within a second: times and history are missing");
        for (int i = 0; i < status.Endpoints.Length; i++) Write(text, facts, status.Endpoints[i], facts.Pools[i]);
        foreach (EndpointTransition each in status.Recent.TakeLast(MaxTransitions))
        {
            TimeSpan ago = TimeSpan.FromTicks((status.AtNs - each.AtNs) / TimeSpan.NanosecondsPerTick);
            string why = each.Why is null ? "" : $": {each.Why}";
            text.WriteLine($"# {AdminJson.Time(taken - ago)} {Name(each.Endpoint, each.Instance)} {ClientStateWords.Of(each.Move)}{why}");
        }

        text.WriteLine($"Count: {status.Endpoints.Length} endpoints, {status.Remembered} remembered");
    }

    /// <summary>Why an endpoint is not used as its siblings are; null where there is nothing to say.</summary>
    public static string? Reason(EndpointStatus endpoint)
    {
        string probe = endpoint.NextProbeIn switch
        {
            null => "",
            { Ticks: <= 0 } => "a probe is due",
            { } rest when endpoint.Condition == EndpointCondition.Probing => $"a probe is out, another in {Span(rest)}",
            { } rest => $"next probe in {Span(rest)}",
        };
        string reason = string.Join("; ", new[] { endpoint.Why?.ToString() ?? "", probe }.Where(static part => part.Length > 0));
        return reason.Length == 0 ? null : reason;
    }

    public static string Word(EndpointCondition condition) => condition.ToString().ToLowerInvariant();

    /// <summary>The address, with the instance behind it where there is one.</summary>
    public static string Name(System.Net.IPEndPoint address, string? instance) => instance is null ? $"{address}" : $"{address} {instance}";

    /// <summary>As people say it: <c>830 us</c>, <c>3.1 ms</c>, <c>12 s</c>.</summary>
    public static string Span(TimeSpan? span) => span switch
    {
        null => "-",
        { TotalMilliseconds: < 1 } short1 => Invariant($"{short1.TotalMicroseconds:0} us"),
        { TotalMilliseconds: < 10 } some => Invariant($"{some.TotalMilliseconds:0.#} ms"),
        { TotalSeconds: < 1 } some => Invariant($"{some.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 10 } some => Invariant($"{some.TotalSeconds:0.#} s"),
        { TotalMinutes: < 10 } some => Invariant($"{some.TotalSeconds:0} s"),
        { TotalHours: < 10 } some => Invariant($"{some.TotalMinutes:0} min"),
        { } long1 => Invariant($"{long1.TotalHours:0} h"),
    };

    private static string[] Row(DestinationFacts facts) =>
    [
        facts.Id,
        facts.Router,
        $"{facts.Status.Usable}/{facts.Status.Endpoints.Length}",
        Invariant($"{facts.InFlight}"),
        Share(facts.Rates.SuccessShare),
        Span(facts.Rates.P50),
        Span(facts.Rates.P99),
        facts.Remarks,
    ];

    private static void Write(TextWriter text, DestinationFacts facts, EndpointStatus endpoint, PoolFacts? pool)
    {
        string since = facts.FromActor && endpoint.StandsFor is { } span ? $" for {Span(span)}" : "";
        string standing = $"{Word(endpoint.Condition)}{since}";
        string latency = endpoint.Latency > TimeSpan.Zero ? Span(endpoint.Latency) : "-";
        string waiting = pool is { Waiting: > 0 } ? $", {pool.Waiting} wait" : "";
        string connections = pool is null ? "" : $" | idle {pool.Idle}, busy {pool.Busy}{waiting}";
        text.WriteLine($"{Name(endpoint.Address, endpoint.Instance)} | {standing} | weight {Invariant($"{endpoint.Weight:0.##}")} | "
            + $"out {endpoint.InFlight} | ewma {latency}{connections}");
        if (Reason(endpoint) is { } reason) text.WriteLine($"  {reason}");
    }

    /// <summary>Rounded down, so that 99.96 % does not read as all.</summary>
    private static string Share(double? share) => share is { } known ? Invariant($"{Math.Floor(known * 1000) / 10:0.#}%") : "-";

    private static string Over(IReadOnlyList<DestinationFacts> all) =>
        all.Any(static each => each.Rates.Over is null) ? "since they were bound; look again in a minute"
        : $"of the last {Span(all.Max(static each => each.Rates.Over))}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
