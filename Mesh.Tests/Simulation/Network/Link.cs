using Mesh.Wire;

namespace Mesh.Tests.Simulation.Network;

/// <summary>One direction between two machines.</summary>
internal sealed class Link(NetworkSettings settings, ulong seed)
{
    private static readonly TimeSpan FirstRetransmission = TimeSpan.FromMilliseconds(200);

    private SplitMix64 _random = new(seed);
    private readonly double _factor = Factor(seed);

    /// <summary>Faults that cut it at the moment; 0: it is open.</summary>
    public int Cuts { get; set; }

    /// <summary>Added to what the settings lose.</summary>
    public double ExtraLoss { get; set; }

    /// <summary>Added to every message's way.</summary>
    public TimeSpan ExtraDelay { get; set; }

    /// <summary>Share of the bandwidth that is left.</summary>
    public double Share { get; set; } = 1;

    public bool IsCut => Cuts > 0;

    /// <summary>When the line has sent all that was given to it: control, then the others, which share a connection.</summary>
    public TimeSpan[] FreeAt { get; } = new TimeSpan[2];

    /// <summary>How long a packet takes this time; null when it is lost for good.</summary>
    public TimeSpan? Draw()
    {
        TimeSpan way = (settings.Latency * (_factor * (0.9 + (0.2 * _random.NextDouble())))) + ExtraDelay;
        if (_random.NextDouble() < settings.TailShare)
        {
            double heavy = Math.Min(1, 0.05 / (_random.NextDouble() + 0.001));
            way += settings.TailMax * heavy;
        }

        double loss = settings.Loss + ExtraLoss;
        TimeSpan again = FirstRetransmission;
        for (int i = 0; i < 6 && loss > 0 && _random.NextDouble() < loss; i++)
        {
            if (settings.PlainDrop) return null;
            way += again;
            again *= 2;
        }

        return way;
    }

    private static double Factor(ulong seed) => Math.Pow(2, (new SplitMix64(seed ^ 0xFAC).NextDouble() * 2) - 1);
}
