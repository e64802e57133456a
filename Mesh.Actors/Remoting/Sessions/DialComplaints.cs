using Mesh.Actors.Events;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>
/// Which failed dials, from here or to here, are worth a line: an address with one reason is told once a minute, however often it is dialled.
/// </summary>
/// <remarks>Only on the control loop. Limit: 1,024 addresses, then all are told anew.</remarks>
internal sealed class DialComplaints(SessionContext context)
{
    private const int MaxAddresses = 1024;

    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_strangers = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Address, (string What, TimeSpan At)> _told = [];
    private TimeSpan _nextStranger;

    /// <summary>Counts it, and logs it when it is news.</summary>
    public void Failed(Address address, SessionEnd why, string detail)
    {
        context.Counters.HandshakeFailed(why);
        Tell(address, why, detail);
    }

    /// <summary>One who dialled this node was refused, and is counted by whoever did so. Strangers get no more than a line a second in all.</summary>
    public void Refused(Address address, SessionEnd why, string detail)
    {
        if (context.Now < _nextStranger) return;
        _nextStranger = context.Now + s_strangers;
        Tell(address, why, detail);
    }

    private void Tell(Address address, SessionEnd why, string detail)
    {
        TimeSpan now = context.Now;
        if (_told.TryGetValue(address, out (string What, TimeSpan At) last) && last.What == detail && now - last.At < s_again) return;
        if (_told.Count >= MaxAddresses) _told.Clear();
        _told[address] = (detail, now);
        LogLevel level = why is SessionEnd.Refused or SessionEnd.TimedOut ? LogLevel.Debug : LogLevel.Warning;
        context.Log(level, $"no session with {address}: {why}: {detail}");
    }
}
