namespace Mesh.Actors.Remoting.Sessions;

/// <summary>Which failed dials are worth a line: an address that refuses for one reason is told once a minute, however often it is dialled.</summary>
/// <remarks>Only on the control loop. Limit: 1,024 addresses, then all are told anew.</remarks>
internal sealed class DialComplaints
{
    private const int MaxAddresses = 1024;

    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Address, (string What, TimeSpan At)> _told = [];

    public bool IsNews(Address address, string what, TimeSpan now)
    {
        if (_told.TryGetValue(address, out (string What, TimeSpan At) last) && last.What == what && now - last.At < s_again) return false;
        if (_told.Count >= MaxAddresses) _told.Clear();
        _told[address] = (what, now);
        return true;
    }
}
