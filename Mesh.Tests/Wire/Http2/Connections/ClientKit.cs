using System.Text;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>A connection to a backend, which the test is.</summary>
internal sealed class ClientKit : IStreamOwner
{
    public const string Ok = ":status: 200";

    public ClientKit(Http2Options? options = null, ClientConnectionOptions? times = null)
    {
        Connection = new Http2ClientConnection(Peer.Transport, options ?? Http2Options.Default, times ?? new ClientConnectionOptions(), this);
        Connection.Start();
        Said = [.. Peer.Frames(preface: true)];
        Peer.Settings();
        Peer.SettingsAck();
        Peer.Frames();
    }

    public FramePeer Peer { get; } = new();

    public Http2ClientConnection Connection { get; }

    /// <summary>What was said first.</summary>
    public SeenFrame[] Said { get; }

    /// <summary>What its owner was told.</summary>
    public List<string> Told { get; } = [];

    /// <summary>Done when it leaves, by its owner.</summary>
    public Action? WhenLeaving { get; set; }

    /// <summary>Sends a request, and waits for nothing.</summary>
    public Http2ClientStream Request(string head = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", string body = "")
    {
        Http2ClientStream stream = Connection.TryTake() ?? throw new InvalidOperationException("no room");
        stream.WriteRequest(HeadKit.ParseRequest(head), Http1Kit.NoEdits, default);
        byte[] bytes = HeadKit.Bytes(body);
        if (bytes.Length > 0) stream.AppendBody(new BodyRead(bytes, 0, bytes.Length, BodyStatus.Last, false), null);
        else Connection.Output.Schedule();
        Peer.Loop.Settle();
        return stream;
    }

    /// <summary>The response of a whole exchange, as status and body, or how it arrived.</summary>
    public static async Task<string> ResponseAsync(Http2ClientStream stream)
    {
        ResponseArrival arrival = await stream.NextHeadAsync(LoopTimer.Never);
        if (arrival != ResponseArrival.Head)
        {
            stream.Abort();
            return arrival.ToString();
        }

        StringBuilder body = new($"{stream.Response.Status} ");
        BodyRead read;
        do
        {
            read = await stream.ReadBodyAsync();
            body.Append(Http1Kit.Text(read.Payload));
        }
        while (read.Status == BodyStatus.Data);
        if (read.IsFailure) body.Append(read.Status);
        stream.Release();
        return body.ToString();
    }

    public static string Arrival(Http2ClientStream stream) => stream.NextHeadAsync(LoopTimer.Never).Now().ToString();

    void IStreamOwner.OnFree(Http2ClientConnection connection) => Told.Add("free");

    void IStreamOwner.OnRoom() => Told.Add("room");

    void IStreamOwner.OnLeaving(Http2ClientConnection connection)
    {
        Told.Add("leaving");
        WhenLeaving?.Invoke();
    }

    void IStreamOwner.OnClosed(Http2ClientConnection connection) => Told.Add("closed");
}
