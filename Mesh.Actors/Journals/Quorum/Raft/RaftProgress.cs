namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>How entries are sent to a follower.</summary>
internal enum ProgressState : byte
{
    /// <summary>Where the logs agree is not known: one append at a time.</summary>
    Probe,

    /// <summary>They agree: appends follow each other without waiting, within the window.</summary>
    Replicate,

    /// <summary>What it needs is in the log no more: nothing is appended until it has the snapshot.</summary>
    Snapshot,
}

/// <summary>What a leader knows of a member.</summary>
internal sealed class RaftProgress(long next, TimeSpan now)
{
    private readonly Queue<(long Last, int Bytes)> _inFlight = new();

    /// <summary>The last entry that is durable there.</summary>
    public long Match { get; private set; }

    /// <summary>The entry to be sent next.</summary>
    public long Next { get; private set; } = next;

    public ProgressState State { get; private set; } = ProgressState.Probe;

    public bool ProbeSent { get; set; }

    public TimeSpan LastHeard { get; set; } = now;

    /// <summary>It answered in this term at all.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>Which start of its store answered.</summary>
    public long Boot { get; set; }

    /// <summary>The newest round of heartbeats that it answered.</summary>
    public long Round { get; set; }

    public int BytesInFlight { get; private set; }

    public bool IsPaused(RaftLimits limits) => State switch
    {
        ProgressState.Probe => ProbeSent,
        ProgressState.Replicate => _inFlight.Count >= limits.MaxAppendsInFlight || BytesInFlight >= limits.MaxBytesInFlight,
        _ => true,
    };

    public void Sent(long last, int bytes)
    {
        if (State == ProgressState.Probe)
        {
            ProbeSent = true;
            return;
        }

        if (last < Next) return;
        Next = last + 1;
        BytesInFlight += bytes;
        _inFlight.Enqueue((last, bytes));
    }

    /// <summary>It has everything up to there. False: it had already.</summary>
    public bool Matched(long index)
    {
        bool news = index > Match;
        if (news) Match = index;
        if (Next <= Match) Next = Match + 1;
        while (_inFlight.Count > 0 && _inFlight.Peek().Last <= index) BytesInFlight -= _inFlight.Dequeue().Bytes;
        return news;
    }

    /// <summary>An answer came: what was lost on the way is not waited for.</summary>
    public void FreeOne()
    {
        ProbeSent = false;
        if (_inFlight.Count > 0) BytesInFlight -= _inFlight.Dequeue().Bytes;
    }

    public void BecomeReplicate()
    {
        Clear(ProgressState.Replicate);
        Next = Match + 1;
    }

    public void BecomeProbe(long next)
    {
        Clear(ProgressState.Probe);
        Next = Math.Max(next, Match + 1);
    }

    public void BecomeSnapshot() => Clear(ProgressState.Snapshot);

    /// <summary>Its store was started again and may have lost what it had: what it said before counts no more.</summary>
    public void Restarted(long boot, long lastIndex)
    {
        Boot = boot;
        Match = 0;
        Round = 0;
        BecomeProbe(lastIndex + 1);
    }

    private void Clear(ProgressState state)
    {
        State = state;
        ProbeSent = false;
        BytesInFlight = 0;
        _inFlight.Clear();
    }
}
