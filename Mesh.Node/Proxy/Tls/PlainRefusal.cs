using System.Net;
using System.Text;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Tls;

/// <summary>
/// The end of a connection that speaks HTTP where TLS is spoken: it is told so in its own words, as nginx does, and read out for a moment, so that no
/// reset destroys the answer before it is read.
/// </summary>
/// <remarks>On its loop.</remarks>
internal sealed class PlainRefusal(Transport transport, Action left) : LoopTimer, ITransportObserver
{
    /// <summary>How long it is read out.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>How much, bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    private int _read;
    private bool _over;

    public static byte[] Answer(string remedy)
    {
        string text = $"This port takes TLS alone, and the connection came without. {remedy}";
        string body = text + "\n";
        return Encoding.UTF8.GetBytes(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + $"l5d-err: {WebUtility.UrlEncode(text)}\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }

    public void Begin(byte[]? answer)
    {
        transport.Observer = this;
        Set(transport.Loop, In((long)Patience.TotalNanoseconds));

        // A new connection's buffer takes it whole; where it does not, nobody reads.
        if (answer is null || transport.Send(answer) != answer.Length) End();
        else
        {
            transport.ShutdownSend();
            OnReadable();
        }
    }

    public void OnReadable()
    {
        Span<byte> waste = stackalloc byte[4096];
        while (!_over)
        {
            int count = transport.Receive(waste);
            if (count == Transport.WouldBlock) return;
            if (count <= 0 || (_read += count) > MaxBytes) End();
        }
    }

    public void OnWritable()
    {
    }

    public void OnBroken() => End();

    /// <summary>Closes; idempotent.</summary>
    public void End()
    {
        if (_over) return;
        _over = true;
        Remove(transport.Loop);
        transport.Close();
        left();
    }

    protected override void OnDeadline() => End();
}
