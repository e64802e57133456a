namespace Mesh.Actors.Remoting.Frames;

/// <summary>
/// Which lane of a data connection has the next slice: system before user before bulk, but of each <see cref="Round"/> slices the lanes below have
/// some, so that none starves.
/// </summary>
internal struct LanePicker
{
    /// <summary>Slices of one round: 16 of system, 6 of user, 2 of bulk, when all wait.</summary>
    public const int Round = 24;

    private const int SystemShare = 16;
    private const int UserShare = 6;
    private const int BulkShare = Round - SystemShare - UserShare;

    private int _system;
    private int _user;
    private int _bulk;

    /// <summary>Null when nothing waits.</summary>
    public Lane? Next(bool system, bool user, bool bulk)
    {
        if (!system && !user && !bulk) return null;
        while (true)
        {
            if (system && _system > 0) return Take(ref _system, Lane.System);
            if (user && _user > 0) return Take(ref _user, Lane.User);
            if (bulk && _bulk > 0) return Take(ref _bulk, Lane.Bulk);
            (_system, _user, _bulk) = (SystemShare, UserShare, BulkShare);
        }
    }

    private static Lane Take(ref int share, Lane lane)
    {
        share--;
        return lane;
    }
}
