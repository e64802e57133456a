namespace Mesh.Node.Demo.Fleet;

/// <summary>What happened when, and what is due: the thread of a demo of several nodes. Times are since the start.</summary>
/// <remarks>Decides only; one caller.</remarks>
internal sealed class FleetStory(FleetPlan plan, FleetWatch watch)
{
    public TimeSpan? FormedAt { get; private set; }

    /// <summary>Null until one was chosen.</summary>
    public string? Victim { get; private set; }

    public TimeSpan? KilledAt { get; private set; }

    public TimeSpan? UnreachableAt { get; private set; }

    public TimeSpan? RemovedAt { get; private set; }

    public TimeSpan? RestartedAt { get; private set; }

    public TimeSpan? BackAt { get; private set; }

    /// <summary>What is to be done now, after the views were looked at.</summary>
    public FleetStep Next(TimeSpan now)
    {
        FormedAt ??= plan.Members.All(member => watch.AgreedOn(member.Name) == "up") && watch.Leader is not null ? now : null;
        if (KilledAt is null)
        {
            if (!plan.IsKillDue(FormedAt, now)) return FleetStep.Nothing;
            (Victim, KilledAt) = (plan.Victim(watch.Leader), now);
            return FleetStep.Kill;
        }

        string thought = watch.AgreedOn(Victim!);
        if (RestartedAt is null)
        {
            if (thought != "up") UnreachableAt ??= now;
            if (thought == FleetView.Absent) RemovedAt ??= now;
            if (!plan.IsRestartDue(RemovedAt, now)) return FleetStep.Nothing;
            RestartedAt = now;
            return FleetStep.Restart;
        }

        if (thought == "up") BackAt ??= now;
        return FleetStep.Nothing;
    }
}

/// <summary>What a demo does to its nodes.</summary>
internal enum FleetStep
{
    Nothing,
    Kill,
    Restart,
}
