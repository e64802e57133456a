using Mesh.Wire.Transports;

namespace Mesh.Wire.Detection;

/// <summary>Waits for a connection's ClientHello, and tells once which server it asks for. The bytes stay where they are.</summary>
/// <remarks>On the loop.</remarks>
public sealed class HelloLook(Transport transport, HelloLook.Settings settings)
    : FirstLook(transport, settings.SilenceNs, settings.RestNs, UsualBytes, ClientHello.MaxBytes)
{
    /// <summary>Most hellos fit, those with a post-quantum key share too.</summary>
    private const int UsualBytes = 4 * 1024;

    private HelloStatus _status;
    private string _name = "";

    /// <summary>How long to wait, and whom to tell.</summary>
    /// <param name="SilenceNs">For the first byte.</param>
    /// <param name="RestNs">For what must follow it.</param>
    /// <param name="Told">Called once, with the name in lower case, or "" where none is told: no hello, none in it, none in time.</param>
    public sealed record Settings(long SilenceNs, long RestNs, Action<HelloLook, LookEnd, string> Told);

    protected override bool TryJudge(ReadOnlySpan<byte> first)
    {
        _status = ClientHello.Read(first, out _name);
        return _status != HelloStatus.More;
    }

    protected override void Tell(LookEnd end) => settings.Told(this, end, end == LookEnd.Known ? _name : "");
}
