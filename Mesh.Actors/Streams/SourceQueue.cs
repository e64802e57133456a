namespace Mesh.Actors.Streams;

/// <summary>The writing end of a stream. Any thread, any number of writers.</summary>
public sealed class SourceQueue<T>
{
    internal SourceQueue(int capacity, StreamOverflow overflow) => Buffer = new StreamBuffer<T>(capacity, overflow);

    internal StreamBuffer<T> Buffer { get; }

    /// <summary>Elements lost to the bound so far.</summary>
    public long Dropped => Buffer.Dropped;

    /// <summary>Offers without waiting.</summary>
    public OfferResult TryOffer(T item) => Buffer.TryOffer(item);

    /// <summary>Offers, waiting for room where the policy is back-pressure; false when the stream is over.</summary>
    public ValueTask<bool> OfferAsync(T item, CancellationToken cancel = default) => Buffer.Offer(item, cancel);

    /// <summary>Ends the stream after what waits.</summary>
    public void Complete() => Buffer.End();

    /// <summary>Fails the stream after what waits.</summary>
    public void Fail(Exception cause) => Buffer.End(cause);
}
