using Mesh.Fuzz.Http1;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Streams;

namespace Mesh.Fuzz.Http2;

/// <summary>
/// A client's connection whose client is hostile, or only odd: it ends, or serves what was asked in good order; and all comes back.
/// </summary>
internal sealed class Http2ServerTarget : FuzzTarget
{
    public override string Name => "http2-server";

    public override FuzzCase Make(Dice dice) => new ClientGrammar(dice).Make();

    public override byte[]? Mend(byte[] part) => FrameGrammar.Mend(part);

    public override void Check(FuzzCase made)
    {
        using Http2ServerStage stage = new(made);
        stage.Play(made.Parts);
        stage.LetThrough();
        stage.EndAll();
        stage.JudgeEnd();
    }
}

/// <summary>The connection, with flows that do this and that.</summary>
internal sealed class Http2ServerStage : Http2Stage
{
    private readonly Http2ServerConnection _connection;
    private readonly FlowWays _ways;
    private int _working;

    public Http2ServerStage(FuzzCase made)
        : base(peerIsClient: true, Options(made))
    {
        _ways = new FlowWays(made.Dice(), Stand);
        _connection = new Http2ServerConnection(Transport, Options(made), Http1Grammar.Limits(0),
            exchange => Run(() => ServeAsync((Http2ServerStream)exchange)), _ => Closed++);
        _connection.Start();
        Loop.Settle();
    }

    protected override Http2Connection Connection => _connection;

    protected override void Drain() => _connection.Drain();

    protected override void Look()
    {
        base.Look();
        FuzzFaultException.Require(_working <= _connection.Options.MaxConcurrentStreams, $"more flows work than may: {_working}");
    }

    protected override IEnumerable<int> OpenIds() => Peer.Opened.Where(id => !Own.Over.Contains(id));

    protected override void JudgeStreams()
    {
        foreach (int id in Peer.Opened.Where(Peer.Ended.Contains))
        {
            if (Peer.Reset.Contains(id) || Own.Ignores(id)) continue;
            FuzzFaultException.Require(Own.Over.Contains(id), $"it hangs: a request that is whole has no end, stream {id}");
            if (!_ways.Echoed.Contains(id) || Own.Reset.Contains(id)) continue;
            bool same = Own.Bodies.GetValueOrDefault(id, []).SequenceEqual(Peer.Bodies.GetValueOrDefault(id, []));
            FuzzFaultException.Require(same, $"another body comes back than was sent: stream {id}");
        }
    }

    private async Task ServeAsync(Http2ServerStream exchange)
    {
        while (true)
        {
            Mesh.Wire.Exchange.RequestArrival arrival = await exchange.NextRequestAsync();
            if (arrival == Mesh.Wire.Exchange.RequestArrival.Closed) break;
            _working++;
            if (arrival == Mesh.Wire.Exchange.RequestArrival.Request)
            {
                await _ways.ServeAsync(exchange);
            }
            else
            {
                FuzzFaultException.Require(exchange.Rejection != RejectReason.None, "a refusal without its reason: of a head");
                exchange.WriteLocal(400, default, default, "no"u8, close: true);
                await exchange.FlushAsync();
            }

            _working--;
        }

        exchange.CloseGracefully();
    }
}
