using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>What all connections of a node share. On the control loop.</summary>
internal sealed class SessionContext(
    EventLoopControl control, RemotingSettings settings, UniqueAddress self, NodeHello hello, CertificateFiles? certificates, Action<LogEvent> log)
{
    /// <summary>Bytes of one receive.</summary>
    public const int ReceiveBytes = 64 * 1024;

    public EventLoopControl Control { get; } = control;

    public EventLoop Loop => Control.Loop;

    public RemotingSettings Settings { get; } = settings;

    public UniqueAddress Self { get; } = self;

    public NodeHello Hello { get; set; } = hello;

    public CertificateFiles? Certificates { get; } = certificates;

    public RemotingCounters Counters { get; } = new();

    public ForgottenUids Forgotten { get; } = new(settings.MaxForgotten);

    /// <summary>One for all connections: what is received is taken into frames before the next receive.</summary>
    public byte[] ReceiveBuffer { get; } = GC.AllocateUninitializedArray<byte>(ReceiveBytes);

    public TimeSpan Now => Control.Now;

    public static long Ns(TimeSpan time) => (long)time.TotalNanoseconds;

    public Hello Greeting(ulong session, ulong expectedUid, Purpose purpose) => HelloCodec.Write(Self, Hello, session, expectedUid, purpose);

    public void Log(LogLevel level, string text, Exception? cause = null) => log(new LogEvent(level, "remoting", text, cause));

    /// <summary>Reads the other side's hello, and judges it. Null reason: they agree.</summary>
    public (RefusalReason Reason, string Detail)? Judge(Hello message, PeerCertificate? certificate, out UniqueAddress? node, out NodeHello? said)
    {
        if (!HelloCodec.TryRead(message, out node, out said)) return (RefusalReason.RefusalMalformed, "a hello that no node would say");
        if (HandshakeRules.Judge(Self, Hello, node, said, Forgotten.Contains(node.Uid)) is { } refused) return refused;
        if (certificate is null || MaySpeakFor(certificate, node, said)) return null;
        string names = string.Join(", ", certificate.Names);
        return (RefusalReason.RefusalUntrusted, $"the certificate of {names} may not speak for {node.Address}: it must name the advertised host");
    }

    private bool MaySpeakFor(PeerCertificate certificate, UniqueAddress node, NodeHello said)
    {
        if (!PeerNames.MaySpeakFor(certificate, node.Address.Host!)) return false;
        try
        {
            return Settings.CheckPeer is not { } check || check(certificate, node, said);
        }
        catch (Exception bug)
        {
            Log(LogLevel.Error, $"the check of {node}'s certificate failed", bug);
            return false;
        }
    }
}
