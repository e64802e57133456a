using System.Diagnostics;
using Mesh.Node.Proxy.Grpc;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>The part of a request's body that follows its head, on its way beside the wait for the response.</summary>
/// <remarks>One object per client connection, reused; on its loop.</remarks>
internal sealed class Upload(IServerExchange server)
{
    private Task<BodyStatus>? _pump;
    private GrpcMessages? _messages;

    public bool IsRunning => _pump is not null;

    /// <summary>Queues the body's first piece behind the head; what follows it is pumped. No other upload runs.</summary>
    /// <param name="client">Where it goes.</param>
    /// <param name="isGrpc">It is messages of gRPC: between two of them it may rest.</param>
    /// <param name="meter">What it is measured by; null: it is not.</param>
    public void Begin(IClientExchange client, bool isGrpc, StreamMeter? meter)
    {
        Debug.Assert(!IsRunning, "an attempt's upload has ended before the next one begins");
        GrpcMessages? messages = isGrpc ? _messages ??= new GrpcMessages() : null;
        messages?.Begin();
        if (server.TryReadBody(out BodyRead read))
        {
            messages?.Take(read.Payload);
            meter?.TakeFirst(read);
            if (!read.IsFailure) client.AppendBody(read, server.Trailers);
            if (read.IsLast) return;
        }

        _pump = BodyPump.UploadAsync(server, client, read.Status, messages, meter?.Request);
    }

    /// <summary>Ends it early: neither side waits for the other any more.</summary>
    public void Cancel(IClientExchange? client)
    {
        server.CancelBodyRead();
        client?.OnGone();
    }

    /// <summary>
    /// Nothing of the body is on its way, and all of it was sent: another upload may begin beside the wait for this one's response. False, and no
    /// effect, while it runs, or when it failed.
    /// </summary>
    public bool TryEnd()
    {
        if (_pump is { IsCompletedSuccessfully: true, Result: BodyStatus.Last }) _pump = null;
        return _pump is null;
    }

    /// <summary>
    /// The attempt is over, and so is its upload, if one runs: ends it early and waits until nothing of the body is on its way any more. After the
    /// body was rewound, another one may begin.
    /// </summary>
    public ValueTask<BodyStatus> StopAsync(IClientExchange? client)
    {
        if (_pump is null) return new ValueTask<BodyStatus>(BodyStatus.Last);
        Cancel(client);
        return EndAsync();
    }

    /// <summary>How it ended, once it has.</summary>
    public async ValueTask<BodyStatus> EndAsync()
    {
        BodyStatus status = await _pump!;
        _pump = null;
        return status;
    }
}
