using System.Globalization;

namespace Mesh.Bench.Resilience;

/// <summary>How a model backend behaves.</summary>
/// <param name="DelayMs">From a request to its answer, or the time that a worker takes for it, milliseconds.</param>
/// <param name="Status">Of every answer.</param>
/// <param name="Workers">
/// Requests that are worked on at once; the others wait in an unbounded queue, first come first served, and are worked on even when
/// their client has gone, as a thread pool would. 0: no limit.
/// </param>
internal sealed record PodMode(int DelayMs = 0, int Status = 200, int Workers = 0)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static PodMode Parse(string text)
    {
        int[] parts = [.. text.Split(':').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        return new PodMode(parts[0], parts[1], parts[2]);
    }

    public override string ToString() => $"{DelayMs}:{Status}:{Workers}";
}
