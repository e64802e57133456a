using Mesh.Actors.Control;
using Mesh.Actors.Membership.Detection.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Detection;

/// <summary>
/// Pings somebody on behalf of somebody else, and says in time that it could not: a nack tells the asker that its own way to us works.
/// </summary>
/// <remarks>Only on the control loop. Asks nobody who is no member: strangers' requests open no connections.</remarks>
internal sealed class ProbeHelper(ControlLoop loop, INodeMessenger messenger, IMembership membership, DetectorSettings settings)
{
    /// <summary>Requests under way; more are left unanswered.</summary>
    internal const int MaxPending = 1000;

    /// <summary>Part of the asker's time-out after which the answer is no.</summary>
    private const double NackAfter = 0.6;

    /// <summary>A late yes is still worth a message: the asker may suspect by then.</summary>
    private const int ForgetAfterTimeouts = 5;

    private readonly SortedDictionary<ulong, Errand> _pending = [];

    /// <summary>Tries to reach the one that is asked for.</summary>
    /// <param name="asker">Who gets the answer.</param>
    /// <param name="request">About whom.</param>
    /// <param name="sequence">A number of this node's pings that nobody else uses.</param>
    public void Help(UniqueAddress asker, ProbeRequest request, ulong sequence)
    {
        var subject = new UniqueAddress(new Address(request.System, request.Host, (int)request.Port), request.Uid);
        if (membership.State.Find(asker) is null || _pending.Count >= MaxPending) return;
        if (membership.State.Find(subject) is not { } member || !messenger.Send(member.UniqueAddress, new Ping { Sequence = sequence }))
        {
            Answer(asker, request.Sequence, alive: false);
            return;
        }

        var errand = new Errand(asker, request.Sequence);
        _pending[sequence] = errand;
        errand.Timer = loop.After(settings.ProbeTimeout * NackAfter, () =>
        {
            Answer(asker, request.Sequence, alive: false);
            errand.Timer = loop.After(settings.ProbeTimeout * ForgetAfterTimeouts, () => _pending.Remove(sequence));
        });
    }

    /// <summary>An answer came; false when it was to a ping of this node's own.</summary>
    public bool TryFinish(ulong sequence)
    {
        if (!_pending.Remove(sequence, out Errand? errand)) return false;
        errand.Timer?.Cancel();
        Answer(errand.Asker, errand.Sequence, alive: true);
        return true;
    }

    public void Stop()
    {
        foreach (Errand errand in _pending.Values) errand.Timer?.Cancel();
        _pending.Clear();
    }

    private void Answer(UniqueAddress asker, ulong sequence, bool alive) =>
        messenger.Send(asker, new ProbeAnswer { Sequence = sequence, Alive = alive });

    private sealed class Errand(UniqueAddress asker, ulong sequence)
    {
        public UniqueAddress Asker => asker;

        public ulong Sequence => sequence;

        public ControlTimer? Timer { get; set; }
    }
}
