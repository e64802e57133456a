namespace Mesh.Actors.Membership.Detection;

/// <summary>What makes a node doubt itself.</summary>
public enum Symptom
{
    /// <summary>The control loop ran late.</summary>
    LateLoop,

    /// <summary>The detector's own timer came late.</summary>
    LateTimer,

    /// <summary>The process stood still.</summary>
    Paused,

    /// <summary>Helpers that were alive a moment ago said neither yes nor no: the fault is between us and everybody.</summary>
    MissingNacks,

    /// <summary>Others suspected this node.</summary>
    Accused,

    /// <summary>The node told so: a starved thread pool, a failing disk.</summary>
    Reported,
}

/// <summary>
/// A score from 0, well, to 7, that multiplies every time-out of the detector by (1 + score): a sick node slows down instead of accusing
/// (Lifeguard's local health multiplier, Orleans' self-monitoring). Pure.
/// </summary>
internal sealed class SelfHealth(TimeSpan recovery)
{
    /// <summary>The worst.</summary>
    internal const int MaxScore = 7;

    private TimeSpan _quietSince;

    public int Score { get; private set; }

    /// <summary>The latest symptom; null when there was none since the score was last 0.</summary>
    public Symptom? Why { get; private set; }

    public void Note(Symptom symptom, TimeSpan now)
    {
        Score = Math.Min(MaxScore, Score + 1);
        Why = symptom;
        _quietSince = now;
    }

    /// <summary>Gives a point back for each quiet stretch.</summary>
    public void Recover(TimeSpan now)
    {
        while (Score > 0 && now - _quietSince >= recovery)
        {
            Score--;
            _quietSince += recovery;
        }

        if (Score == 0) Why = null;
    }
}
