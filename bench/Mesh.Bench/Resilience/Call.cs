using System.Runtime.InteropServices;

namespace Mesh.Bench.Resilience;

/// <summary>How a request ended, for who sent it.</summary>
internal enum Outcome : short
{
    /// <summary>Under way; no request ends with it.</summary>
    None,

    /// <summary>A whole response came, of whatever status.</summary>
    Answered,

    /// <summary>No connection could be made.</summary>
    ConnectFailed,

    /// <summary>The connection ended before a whole response head.</summary>
    BrokenBeforeHead,

    /// <summary>The connection ended within the body.</summary>
    BrokenAfterHead,

    /// <summary>No whole response in the client's own time.</summary>
    TimedOut,

    /// <summary>The client had no connection left to send it on: a fault of the measurement.</summary>
    NotSent,
}

/// <summary>One request of the open-loop client.</summary>
/// <param name="DueMicroseconds">When it was due, from the begin of the schedule.</param>
/// <param name="LatencyMicroseconds">From when it was due to its end, sent late or not.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Status">Of the response; 0 without.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Call(int DueMicroseconds, int LatencyMicroseconds, Outcome Outcome, short Status)
{
    /// <summary>A whole response below 400.</summary>
    public bool IsSuccess => Outcome == Outcome.Answered && Status is >= 200 and < 400;

    public double DueSeconds => DueMicroseconds / 1e6;

    public double LatencyMs => LatencyMicroseconds / 1e3;

    /// <summary>What it counts as in a list of results: the status, or how it broke.</summary>
    public string Kind => Outcome == Outcome.Answered ? $"{Status}" : $"{Outcome}";
}
