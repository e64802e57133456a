namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// How much odd behaviour a peer is allowed: frames that cost work and move nothing on (resets, pings, settings, empty DATA), and requests that we
/// have to reset. What is spent comes back with time, and with each exchange that ends well; who overdraws it is an attacker.
/// </summary>
/// <remarks>
/// A token bucket, as nghttp2's glitch limit (1000 at once, 33 a second) and HAProxy's glitches. It bounds rapid reset (CVE-2023-44487),
/// MadeYouReset (CVE-2025-8671), and the floods of CVE-2019-9511 to 9518. Pure: time is an argument.
/// </remarks>
internal struct GlitchBudget(long nowNs)
{
    /// <summary>What may be spent at once.</summary>
    public const int Burst = 1000;

    /// <summary>What comes back in a second.</summary>
    public const int PerSecond = 33;

    /// <summary>A frame that was answered, or came to nothing.</summary>
    public const int Frame = 1;

    /// <summary>A request that its sender gave up.</summary>
    public const int Cancel = 2;

    /// <summary>A stream that this side had to reset.</summary>
    public const int Error = 10;

    /// <summary>A stream whose sender let no byte of its response through.</summary>
    public const int Stall = 50;

    private const long NsPerToken = 1_000_000_000 / PerSecond;

    private int _left = Burst;
    private long _paidUntilNs = nowNs;

    /// <summary>What costs so much.</summary>
    public static Glitch Of(int cost) => cost switch
    {
        Frame => Glitch.Frame,
        Cancel => Glitch.Cancel,
        Error => Glitch.Error,
        _ => Glitch.Stall,
    };

    /// <summary>Takes the cost of a glitch. False: the peer is to be sent away.</summary>
    public bool TrySpend(int cost, long nowNs)
    {
        if (_left < cost) Refill(nowNs);
        if (_left < cost) return false;
        _left -= cost;
        return true;
    }

    /// <summary>An exchange ended well.</summary>
    public void Earn() => _left = Math.Min(Burst, _left + 1);

    private void Refill(long nowNs)
    {
        long tokens = (nowNs - _paidUntilNs) / NsPerToken;
        _paidUntilNs += tokens * NsPerToken;
        _left = (int)Math.Min(Burst, _left + tokens);
    }
}
