namespace Mesh.Actors.Sharding;

/// <summary>What a region knows of the way to one shard, and the mail that waits for it.</summary>
internal sealed class ShardRoute(int shard, MailBudget budget)
{
    public int Shard { get; } = shard;

    public MailBudget Budget { get; } = budget;

    /// <summary>In order: of each origin by sequence.</summary>
    public List<ShardMail> Waiting { get; } = [];

    /// <summary>Its region, as far as known; null when it is to be asked for.</summary>
    public UniqueAddress? Owner { get; set; }

    /// <summary>The owner's epoch, or the highest that was heard of.</summary>
    public long Epoch { get; set; }

    /// <summary>The highest epoch that is known to take no mail any more: a coordinator that does not know yet may still name it.</summary>
    public long Over { get; set; }

    /// <summary>Mail went to the owner in this epoch.</summary>
    public bool Sent { get; set; }

    public long NextSequence { get; set; }

    public TimeSpan NextAsk { get; set; }

    /// <summary>The former owner that has not said that it gave all back; no mail leaves before it has.</summary>
    public UniqueAddress? Draining { get; set; }

    public long DrainingEpoch { get; set; }

    public TimeSpan DrainingUntil { get; set; }

    /// <summary>The epoch whose handoff is acknowledged when the draining is over; 0 for none.</summary>
    public long AckEpoch { get; set; }

    /// <summary>Puts mail at its place. Returns what the bound costs: the newest of its kind.</summary>
    public ShardMail? Keep(ShardMail mail)
    {
        int place = Waiting.Count;
        while (place > 0 && Waiting[place - 1] is var before && (before.Origin != mail.Origin || before.Sequence > mail.Sequence))
        {
            place--;
        }

        // Of another origin any place is right; the end is the fairest, unless mail of its own origin that is newer waits before.
        if (!Waiting.Exists(other => other.Origin == mail.Origin && other.Sequence > mail.Sequence)) place = Waiting.Count;
        if (Budget.TryTake(mail))
        {
            Waiting.Insert(place, mail);
            return null;
        }

        if (place == Waiting.Count) return mail;
        ShardMail newest = Waiting[^1];
        Waiting.RemoveAt(Waiting.Count - 1);
        Budget.Free(newest);
        if (!Budget.TryTake(mail)) return mail;
        Waiting.Insert(place, mail);
        return newest;
    }

    /// <summary>Takes those out that fit.</summary>
    public List<ShardMail> Take(Func<ShardMail, bool> wanted)
    {
        List<ShardMail> taken = Waiting.FindAll(mail => wanted(mail));
        if (taken.Count == 0) return taken;
        Waiting.RemoveAll(mail => wanted(mail));
        foreach (ShardMail mail in taken) Budget.Free(mail);
        return taken;
    }
}
