using System.Text;
using Mesh.Fuzz.World;

namespace Mesh.Fuzz.Http1;

/// <summary>A connection to a backend that is hostile, or only odd: each response is its own request's, whole or not at all, and it ends.</summary>
internal sealed class Http1ClientTarget : FuzzTarget
{
    /// <summary>A request is made, if none is out; the second byte tells of which kind.</summary>
    public const byte Ask = 0xE1;

    public override string Name => "http1-client";

    public override FuzzCase Make(Dice dice)
    {
        byte[] knobs = dice.Bytes(KnobCount);
        List<byte[]> parts = [];
        bool silent = dice.Chance(20);
        for (int rounds = 1 + dice.Next(3); rounds > 0; rounds--)
        {
            if (parts.Count > 0 || dice.Chance(90)) parts.Add([Ask, (byte)dice.Next(256)]);
            List<byte[]> lines = [];
            if (dice.Chance(60)) Plain(lines, dice);
            else Http1Grammar.Responses(lines, dice);
            if (dice.Chance(25)) RequestTarget.Spoil(lines, dice);
            if (dice.Chance(10))
                lines.Add(dice.Chance(50) ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray() : dice.Bytes(1 + dice.Next(9)));
            foreach (byte[] piece in dice.Chance(50) ? Joined(lines) : lines) parts.Add(Script.Deliver(piece, silent && dice.Chance(50)));
        }

        for (int events = dice.Chance(30) ? 1 + dice.Next(5) : 0; events > 0; events--) parts.Insert(dice.Next(parts.Count + 1), Script.Event(dice));
        return new FuzzCase(knobs, [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        using Http1ClientStage stage = new(made);
        stage.Play(made.Parts);
        stage.EndAll();
        stage.Compare();
        stage.JudgeSent();
    }

    /// <summary>What a backend answers as a rule, so that many connections come back to their pool.</summary>
    private static void Plain(List<byte[]> lines, Dice dice)
    {
        byte[] body = dice.Bytes(dice.Size(dice.Chance(5) ? 40_000 : 200));
        string early = dice.Pick<string>(["", "", "", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]);
        string status = dice.Pick<string>(["200 OK", "200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "503 "]);
        bool isChunked = dice.Chance(40);
        string framing = isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {body.Length}";
        lines.Add(Encoding.Latin1.GetBytes($"{early}HTTP/1.1 {status}\r\n{framing}\r\n\r\n"));
        if (status[0] is '3' || status.StartsWith("204", StringComparison.Ordinal)) return;
        if (!isChunked)
        {
            lines.Add(body);
            return;
        }

        if (body.Length > 0) lines.Add([.. Encoding.Latin1.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n"u8]);
        lines.Add(dice.Chance(20) ? "0\r\nX-Sum: 1\r\n\r\n"u8.ToArray() : "0\r\n\r\n"u8.ToArray());
    }

    private static List<byte[]> Joined(List<byte[]> lines) => [[.. lines.SelectMany(static line => line)]];
}
