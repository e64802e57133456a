using Mesh.Fuzz.World;
using Mesh.Wire.Detection;
using Mesh.Wire.Transports;

namespace Mesh.Fuzz.Detection;

/// <summary>A look at a connection's first bytes, whichever: told once, and what it does not take is left to who reads then.</summary>
internal sealed class LookStage : Stage
{
    private readonly FirstLook _look;
    private readonly List<byte> _delivered = [];

    /// <param name="make">The look; calls back with how it ended, and how many bytes it took off.</param>
    public LookStage(Func<Transport, Action<LookEnd, int>, FirstLook> make)
    {
        _look = make(Transport, OnTold);
        _look.Start();
    }

    public LookEnd? Told { get; private set; }

    /// <summary>Bytes that it took off the front.</summary>
    public int Taken { get; private set; }

    /// <summary>Goes through the script and ends; what is left is as it came.</summary>
    public void PlayAll(byte[][] parts)
    {
        Play(parts);
        if (!Transport.IsClosed)
        {
            byte[] rest = new byte[_delivered.Count + 1];
            int count = Math.Max(0, Transport.Peek(rest));
            FuzzFaultException.Require(rest.AsSpan(0, count).SequenceEqual(_delivered.ToArray().AsSpan(Taken)),
                $"bytes are gone: {_delivered.Count - Taken - count} that somebody else is to read");
        }

        EndAll();
    }

    protected override bool IsOver => Told is not null;

    protected override void Drain() => _look.Drain();

    protected override void OnDeliver(ReadOnlySpan<byte> bytes) => _delivered.AddRange(bytes);

    private void OnTold(LookEnd end, int taken)
    {
        Closed++;
        (Told, Taken) = (end, taken);
        FuzzFaultException.Require(Transport.Observer is null, "it listens on: after its verdict");
        FuzzFaultException.Require(Transport.IsClosed == (end == LookEnd.Gone), $"closed by itself: {end}");
    }
}

/// <summary>First bytes as they arrive, and lengths at which they are looked at.</summary>
internal static class FirstPieces
{
    private const int MostForEach = 48;
    private const int MostPieces = 16;

    /// <summary>The bytes in a few pieces, with an event between them now and then.</summary>
    public static byte[][] Script(byte[] bytes, Dice dice)
    {
        List<byte[]> parts = [];
        int least = bytes.Length / MostPieces, most = 1 + dice.Size(Math.Max(1, bytes.Length));
        for (int at = 0; at < bytes.Length;)
        {
            int count = Math.Min(bytes.Length - at, 1 + least + dice.Size(most));
            parts.Add(World.Script.Deliver(bytes[at..(at + count)], silent: dice.Chance(20)));
            at += count;
        }

        byte[] events = [World.Script.Tick, World.Script.Fin, World.Script.Reset, World.Script.Drain];
        if (dice.Chance(25)) parts.Insert(dice.Next(parts.Count + 1), [dice.Pick<byte>(events)]);
        return [.. parts];
    }

    /// <summary>What arrives by a script.</summary>
    public static byte[] BytesOf(FuzzCase made) =>
        [.. made.Parts.Where(static part => part is [< World.Script.Room or World.Script.Silent, ..]).SelectMany(static part => part.Skip(1))];

    /// <summary>The verdict of a reading at ever longer prefixes: once it is told it never changes, and all there can be decides.</summary>
    /// <param name="made">Chooses the lengths.</param>
    /// <param name="bytes">All.</param>
    /// <param name="most">So many always decide.</param>
    /// <param name="read">Null while it is not told.</param>
    public static string? Verdict(FuzzCase made, byte[] bytes, int most, Func<byte[], string?> read)
    {
        Dice dice = made.Dice();
        int all = Math.Min(bytes.Length, most);
        IEnumerable<int> lengths = all <= MostForEach
            ? Enumerable.Range(0, all + 1)
            : Enumerable.Range(0, MostForEach / 2).Concat(Enumerable.Range(0, MostForEach / 2).Select(_ => dice.Next(all))).Append(all).Order();
        (string? verdict, int decidedBy) = (null, 0);
        foreach (int length in lengths)
        {
            string? now = read(bytes[..length]);
            FuzzFaultException.Require(verdict is null || now == verdict, $"the verdict changes: {verdict} at {decidedBy}, {now} at {length}");
            if (verdict is null && now is not null) (verdict, decidedBy) = (now, length);
        }

        FuzzFaultException.Require(verdict is not null || bytes.Length < most, "undecided: by as many bytes as are ever looked at");
        return verdict;
    }
}
