using System.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2.Streams;

/// <summary>The half that becomes a tunnel: an upgrade of HTTP/1 is an extended CONNECT here (RFC 8441).</summary>
public sealed partial class Http2ClientStream
{
    /// <summary>Longest token that is sent in lower case, in which all registered ones are; a longer one goes as it is.</summary>
    private const int MaxToken = 128;

    private LoopSource<bool>? _agreement;

    public ValueTask<bool> TakesUpgradeAsync(long deadlineNs)
    {
        if (_connection.TakesTunnels is { } known) return new ValueTask<bool>(known);
        if (_isOver || _cancelled || IsReset) return new ValueTask<bool>(false);
        _connection.AwaitSettings(this);
        Set(Loop, Math.Min(deadlineNs, In(Connection.Options.HeadTimeoutNs)));
        return (_agreement ??= new LoopSource<bool>()).Arm();
    }

    public void BecomeTunnel()
    {
        _tunnel = true;
        Body.BecomeOpaque();
    }

    public void Touch()
    {
        if (Body.IsWaiting) Watch(_connection.Times.TunnelIdleTimeoutNs);
    }

    /// <summary>The backend's settings are here, or never will be.</summary>
    internal void OnAgreement()
    {
        // After the frames that came with them.
        Loop.Defer(static (self, _) => ((Http2ClientStream)self!).Agree(), this);
    }

    private void Agree()
    {
        if (_agreement is not { IsArmed: true }) return;
        Cancel();
        _agreement.Complete(_connection.TakesTunnels == true);
    }

    /// <summary>Never as a plain GET: a backend that did not say that it takes such gets nothing.</summary>
    private void WriteTunnelRequest(RequestHead head, HeadEdits edits, scoped ReadOnlySpan<byte> token)
    {
        if (_connection.TakesTunnels != true)
        {
            (IsReset, _error) = (true, Http2Error.RefusedStream);
            return;
        }

        Span<byte> lower = stackalloc byte[MaxToken];
        if (token.Length <= MaxToken && Ascii.ToLower(token, lower, out int length) == System.Buffers.OperationStatus.Done) token = lower[..length];
        Method = KnownMethod.Connect;
        Begin(_connection.NextId());
        Connection.Attach(this);
        Connection.WriteRequest(this, head, edits, token);
    }
}
