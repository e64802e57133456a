using Mesh.Fuzz.Http2;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Fuzz.Http1;

/// <summary>Streams of requests through the pure parsers and the encoder: any pieces, one meaning, nothing smuggled, the limits held.</summary>
internal sealed class RequestTarget : FuzzTarget
{
    public override string Name => "http1-request";

    public override FuzzCase Make(Dice dice)
    {
        byte[] knobs = dice.Bytes(KnobCount);
        List<byte[]> parts = [];
        Http1Grammar.Requests(parts, dice);
        Spoil(parts, dice);
        return new FuzzCase(knobs, [.. parts]);
    }

    /// <summary>Two of three cases are not what the grammar made.</summary>
    public static void Spoil(List<byte[]> parts, Dice dice)
    {
        if (dice.Chance(50)) Mutator.Bytes(parts, dice);
        if (dice.Chance(25)) Mutator.Parts(parts, dice);
    }

    public override void Check(FuzzCase made)
    {
        byte[] raw = made.Joined();
        Http1Limits limits = Http1Grammar.Limits(made.Knob(8, 4));
        StreamOutcome whole = MessageReader.Requests(raw, limits);
        Pieces.Compare(made, raw, whole.Summary, nextPiece => MessageReader.Requests(raw, limits, nextPiece).Summary);
        foreach (Message message in whole.Messages)
        {
            MessageRules.JudgeClaims(message.Head);
            MessageRules.Judge(message, method: null);
            Translation.Judge((RequestHead)message.Head);
        }
    }
}

/// <summary>The same bytes in other pieces.</summary>
internal static class Pieces
{
    private const int MostForSingleBytes = 2000;

    /// <summary>Byte by byte, and twice as chance wants.</summary>
    public static void Compare(FuzzCase made, byte[] raw, string whole, Func<Func<int>, string> read)
    {
        Dice dice = made.Dice();
        if (raw.Length <= MostForSingleBytes) Same(whole, read(static () => 1), "byte by byte");
        for (int round = 0; round < 2; round++)
        {
            int most = 1 + dice.Size(raw.Length);
            Same(whole, read(() => 1 + dice.Next(most)), $"in pieces of up to {most}");
        }
    }

    private static void Same(string whole, string pieces, string how) =>
        FuzzFaultException.Require(whole == pieces, $"pieces change the result: {how} {pieces}, whole {whole}");
}
