namespace Mesh.Routing.Balancing;

/// <summary>
/// How many endpoints a node uses of a destination: widened by one while each of them has <see cref="ApertureConfig.HighLoad"/> requests out or
/// more, narrowed by one while <see cref="ApertureConfig.LowLoad"/> or fewer, on average over <see cref="ApertureConfig.SmoothWindow"/>.
/// </summary>
/// <remarks>
/// Hot path, any thread, no lock: the pick that finds a look due takes it, the others go on. Outlives the balancers of a destination. Finagle
/// counts at each dispatch and completion and steps each time; here the requests out are summed up each 64th of the window, and the width then
/// takes all the steps that are due, so that no request pays for a counter that all share.
/// </remarks>
internal sealed class ApertureWidth(ApertureConfig config, long nowNs)
{
    private const int LooksPerWindow = 64;

    private readonly double _windowNs = Math.Max(1, config.SmoothWindow.TotalNanoseconds);
    private int _width = Math.Max(1, config.MinAperture);
    private double _load;
    private long _lookedAtNs = nowNs;

    internal ApertureConfig Config { get; } = config;

    /// <summary>Endpoints, at least the least aperture; may be more than a set has.</summary>
    internal int Width => Volatile.Read(ref _width);

    /// <summary>Requests out, averaged.</summary>
    internal double Load => Volatile.Read(ref _load);

    /// <summary>The same average and width under other bounds.</summary>
    internal ApertureWidth Under(ApertureConfig other) => new(other, _lookedAtNs) { _width = Math.Max(Width, other.MinAperture), _load = Load };

    /// <summary>Whether it is time for a look; then this caller, and nobody else, is to <see cref="Observe"/>.</summary>
    internal bool TryBeginLook(long nowNs, out long sinceNs)
    {
        long lookedAtNs = Volatile.Read(ref _lookedAtNs);
        sinceNs = nowNs - lookedAtNs;
        return sinceNs >= _windowNs / LooksPerWindow && Interlocked.CompareExchange(ref _lookedAtNs, nowNs, lookedAtNs) == lookedAtNs;
    }

    /// <summary>Takes in how many requests are out, the one that is being picked for included.</summary>
    /// <param name="sinceNs">Since the last look.</param>
    /// <param name="out">Of the whole set.</param>
    /// <param name="endpoints">In the set.</param>
    internal void Observe(long sinceNs, int @out, int endpoints)
    {
        double keep = Math.Exp(-sinceNs / _windowNs);
        double load = @out * (1 - keep) + _load * keep;
        int least = Math.Clamp(Config.MinAperture, 1, endpoints);
        int width = Math.Clamp(_width, least, endpoints);
        if (load >= Config.HighLoad * width)
            while (width < endpoints && load >= Config.HighLoad * width) width++;
        else
            while (width > least && load <= Config.LowLoad * width) width--;
        Volatile.Write(ref _load, load);
        Volatile.Write(ref _width, width);
    }
}
