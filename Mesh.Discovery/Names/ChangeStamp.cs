namespace Mesh.Discovery.Names;

/// <summary>When something last changed. Any thread.</summary>
internal sealed class ChangeStamp(TimeProvider time)
{
    private long _ticks = time.GetUtcNow().UtcTicks;

    public DateTimeOffset At => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    /// <summary>Notes the present if <paramref name="isChange"/>.</summary>
    public void Note(bool isChange)
    {
        if (isChange) Volatile.Write(ref _ticks, time.GetUtcNow().UtcTicks);
    }
}
