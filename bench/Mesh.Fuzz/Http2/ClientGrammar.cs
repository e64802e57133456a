using System.Globalization;
using Mesh.Fuzz.World;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Fuzz.Http2;

/// <summary>What clients send.</summary>
internal sealed class ClientGrammar(Dice dice) : FrameGrammar(dice)
{
    private static readonly (string Name, string Value)[] s_fields =
    [
        ("accept", "*/*"), ("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers"), ("content-type", "application/grpc"), ("x-a", "b"),
        ("authorization", "secret"),
        ("expect", "100-continue"), ("host", "x"), ("x-long", new string('v', 3000)), ("connection", "close"), ("X-Upper", "1"), 
        ("content-length", "5"),
        ("te", "gzip"), ("x-lf", "a\nb"), (":late", "1"), ("transfer-encoding", "chunked"), ("cookie", ""),
    ];

    private int _nextId = 1;

    protected override void Begin()
    {
        Parts.Add(Script.Deliver(FrameWriter.ClientPreface.ToArray()));
        Settings(Dice.Next(3));
        if (Dice.Chance(70)) Frame(FrameType.Settings, FrameFlags.Ack, 0, default);
    }

    protected override void Head()
    {
        int id = _nextId;
        _nextId += Dice.Chance(95) ? 2 : Dice.Next(7);
        bool tunnel = Dice.Chance(10);
        bool ends = !tunnel && Dice.Chance(45);
        string method = tunnel ? "CONNECT" : ends ? "GET" : "POST";
        List<(string, string)> fields = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", "/")];
        if (Dice.Chance(10)) fields[0] = (":method", Dice.Pick<string>(["HEAD", "OPTIONS", "get", "", "CONNECT"]));
        if (tunnel) fields.Add((":protocol", "websocket"));
        if (Dice.Chance(4)) fields.RemoveAt(Dice.Next(fields.Count));
        if (Dice.Chance(3)) fields.Add(Dice.Pick<(string, string)>([(":path", "/b"), (":status", "200"), (":authority", "u@x")]));
        int common = Dice.Chance(85) ? 9 : s_fields.Length;
        for (int count = Dice.Next(4); count > 0; count--) fields.Add(Dice.Pick<(string, string)>(s_fields.AsSpan(0, common)));
        if (!ends && Dice.Chance(10)) fields.Add(("content-length", Dice.Size(300).ToString(CultureInfo.InvariantCulture)));
        if (!ends) Open.Add(id);
        Block(id, fields, ends);
    }
}
