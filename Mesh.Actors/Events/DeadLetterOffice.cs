namespace Mesh.Actors.Events;

/// <summary>Counts every lost message and publishes a few: losing messages comes in floods, and a flood of notices would drown the cure.</summary>
internal sealed class DeadLetterOffice(EventStream stream, TimeProvider time, int perSecond)
{
    private readonly Lock _lock = new();
    private long _total;
    private long _unhandled;
    private long _suppressed;
    private long _windowStart = long.MinValue;
    private int _published;

    public long Total => Interlocked.Read(ref _total);

    public long Unhandled => Interlocked.Read(ref _unhandled);

    public void Accept(DeadLetter letter)
    {
        Interlocked.Increment(ref _total);

        // A notice that cannot be delivered must not make another notice.
        if (letter.Message is not (DeadLetter or SuppressedLetters or UnhandledMessage or LogEvent)) Publish(letter);
    }

    public void Accept(UnhandledMessage message)
    {
        Interlocked.Increment(ref _unhandled);
        if (message.Message is not (DeadLetter or SuppressedLetters or UnhandledMessage or LogEvent)) Publish(message);
    }

    private void Publish(object notice)
    {
        long suppressed;
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (_windowStart == long.MinValue || time.GetElapsedTime(_windowStart, now) >= TimeSpan.FromSeconds(1))
            {
                _windowStart = now;
                _published = 0;
            }

            if (_published >= perSecond)
            {
                _suppressed++;
                return;
            }

            _published++;
            suppressed = _suppressed;
            _suppressed = 0;
        }

        if (suppressed > 0) stream.Publish(new SuppressedLetters(suppressed));
        stream.Publish(notice);
    }
}
