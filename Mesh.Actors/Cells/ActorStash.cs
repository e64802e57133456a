using Mesh.Actors.Dispatch;

namespace Mesh.Actors.Cells;

/// <summary>What an actor put aside. Only in its turn.</summary>
internal sealed class ActorStash(ActorCell cell) : IStash
{
    /// <summary>Messages; Akka's is without bound, and a stash that nobody empties is a leak.</summary>
    public const int Capacity = 1000;

    private readonly Queue<Envelope> _aside = new();
    private bool _currentIsAside;

    public int Count => _aside.Count;

    public void Stash()
    {
        cell.AssertTurn();
        if (cell.CurrentMessage is not { } message) throw new InvalidOperationException("there is no message to put aside");
        if (_currentIsAside) throw new InvalidOperationException($"this {message.GetType().Name} was put aside already");
        if (_aside.Count >= Capacity)
        {
            cell.Overflow(cell.CurrentEnvelope, reject: true);
            throw new StashOverflowException($"the stash of {cell.Self.Path} holds {Capacity} messages, the most there may be");
        }

        _aside.Enqueue(cell.CurrentEnvelope);
        _currentIsAside = true;
    }

    public void UnstashAll()
    {
        cell.AssertTurn();
        cell.Mailbox.Return(_aside);
        _aside.Clear();
    }

    /// <summary>The message in hand is done with.</summary>
    public void EndMessage() => _currentIsAside = false;

    /// <summary>The actor is dead.</summary>
    public void Close()
    {
        while (_aside.TryDequeue(out Envelope envelope)) cell.ReceiveDead(envelope);
    }
}
