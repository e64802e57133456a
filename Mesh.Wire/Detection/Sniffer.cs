using Mesh.Wire.Transports;

namespace Mesh.Wire.Detection;

/// <summary>Waits for a connection's first bytes, and tells once what they are. The bytes stay where they are, for whoever reads them then.</summary>
/// <remarks>On the loop.</remarks>
public sealed class Sniffer(Transport transport, Sniffer.Settings settings)
    : FirstLook(
        transport, settings.SilenceNs, settings.RestNs, settings.OnlyHttp ? FirstBytes.MostOfHttp : UsualBytes,
        settings.OnlyHttp ? FirstBytes.MostOfHttp : FirstBytes.Most)
{
    /// <summary>Holds nearly every request line.</summary>
    private const int UsualBytes = 1024;

    private SpokenProtocol _spoken;

    /// <summary>How long to wait, and whom to tell.</summary>
    /// <param name="SilenceNs">For the first byte; then it is <see cref="SpokenProtocol.Silent"/>.</param>
    /// <param name="RestNs">For what must follow it; then what is here is all there is.</param>
    /// <param name="OnlyHttp">As <see cref="FirstBytes.TryTellHttp"/>.</param>
    /// <param name="Told">Called once. The transport has no observer then, and is closed only when it is <see cref="SpokenProtocol.Gone"/>.</param>
    public sealed record Settings(long SilenceNs, long RestNs, bool OnlyHttp, Action<Sniffer, SpokenProtocol> Told);

    protected override bool TryJudge(ReadOnlySpan<byte> first) =>
        settings.OnlyHttp ? FirstBytes.TryTellHttp(first, out _spoken) : FirstBytes.TryTell(first, out _spoken);

    protected override void Tell(LookEnd end) => settings.Told(this, end switch
    {
        LookEnd.Known => _spoken,
        LookEnd.Silent => SpokenProtocol.Silent,
        LookEnd.Gone => SpokenProtocol.Gone,
        _ => settings.OnlyHttp ? SpokenProtocol.Http1 : _spoken,
    });
}
