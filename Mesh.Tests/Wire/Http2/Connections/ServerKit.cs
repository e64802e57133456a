using System.Text;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>A server's connection whose flows the test writes, and its client by hand.</summary>
internal sealed class ServerKit
{
    public const string Get = ":method: GET\n:scheme: http\n:authority: x\n:path: /";
    public const string Post = ":method: POST\n:scheme: http\n:authority: x\n:path: /";

    private static readonly ResponseHead s_ok = HeadKit.ParseResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

    public ServerKit(Func<IServerExchange, Task>? flow = null, Http2Options? options = null, FramePeer? peer = null, bool acknowledges = true)
    {
        Peer = peer ?? new FramePeer();
        Flow = flow ?? EchoAsync;
        Connection = new Http2ServerConnection(Peer.Transport, options ?? Http2Options.Default, Http1Limits.Default, Serve, _ => Closed++);
        Connection.Start();
        Peer.Preface();
        Peer.Settings();
        if (acknowledges) Peer.SettingsAck();
        Said = [.. Peer.Frames()];
    }

    /// <summary>What serves a request.</summary>
    public Func<IServerExchange, Task> Flow { get; set; }

    public FramePeer Peer { get; }

    /// <summary>What was said first.</summary>
    public SeenFrame[] Said { get; }

    public Http2ServerConnection Connection { get; }

    /// <summary>Times that its end was told.</summary>
    public int Closed { get; private set; }

    /// <summary>Flows that began.</summary>
    public int Flows { get; private set; }

    /// <summary>Flows that are over.</summary>
    public int FlowsOver { get; private set; }

    public List<string> Heard { get; } = [];

    /// <summary>Reads the body, then answers 200 with it.</summary>
    public async Task EchoAsync(IServerExchange exchange)
    {
        StringBuilder body = new();
        BodyStatus status = BodyStatus.Data;
        while (status == BodyStatus.Data)
        {
            BodyRead read = await exchange.ReadBodyAsync();
            status = read.Status;
            body.Append(Http1Kit.Text(read.Payload));
        }

        Heard.Add($"{status}:{(body.Length > 64 ? body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) : body)}");
        if (status != BodyStatus.Last) return;
        await RespondAsync(exchange, body.ToString());
    }

    public static async Task<bool> RespondAsync(IServerExchange exchange, string body)
    {
        exchange.WriteHead(s_ok, Http1Kit.NoEdits);
        byte[] bytes = HeadKit.Bytes(body);
        return await exchange.WriteBodyAsync(new BodyRead(bytes, 0, bytes.Length, BodyStatus.Last, false), null);
    }

    public string Show() => string.Join(", ", Peer.Frames().Select(static frame => frame.Type switch
    {
        FrameType.RstStream or FrameType.GoAway => $"{frame.Type} {frame.Id} {frame.Error}",
        FrameType.Data => $"Data {frame.Id} {(frame.Payload.Length > 64 ? frame.Payload.Length : frame.Text)}{(frame.Ends ? " end" : "")}",
        _ => frame.Header.Has(FrameFlags.Ack) && frame.Type == FrameType.Ping ? "Pong" : $"{frame.Type} {frame.Id}",
    }));

    private void Serve(IServerExchange exchange) => _ = ServeAsync(exchange);

    private async Task ServeAsync(IServerExchange exchange)
    {
        Flows++;
        while (true)
        {
            RequestArrival arrival = await exchange.NextRequestAsync();
            if (arrival == RequestArrival.Closed) break;
            if (arrival == RequestArrival.Rejected)
            {
                Heard.Add(exchange.Rejection.ToString());
                exchange.WriteLocal(400, default, default, default, close: true);
                await exchange.FlushAsync();
                break;
            }

            await Flow(exchange);
        }

        exchange.CloseGracefully();
        FlowsOver++;
    }
}
