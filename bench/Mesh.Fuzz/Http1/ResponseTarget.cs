using Mesh.Fuzz.Http2;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Fuzz.Http1;

/// <summary>Streams of responses through the pure parsers and the encoder, for GET and for HEAD.</summary>
internal sealed class ResponseTarget : FuzzTarget
{
    public override string Name => "http1-response";

    public override FuzzCase Make(Dice dice)
    {
        byte[] knobs = dice.Bytes(KnobCount);
        List<byte[]> parts = [];
        Http1Grammar.Responses(parts, dice);
        RequestTarget.Spoil(parts, dice);
        return new FuzzCase(knobs, [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        byte[] raw = made.Joined();
        Http1Limits limits = Http1Grammar.Limits(made.Knob(8, 4));
        KnownMethod method = made.Knob(9, 4) == 0 ? KnownMethod.Head : KnownMethod.Get;
        StreamOutcome whole = MessageReader.Responses(raw, limits, method);
        Pieces.Compare(made, raw, whole.Summary, nextPiece => MessageReader.Responses(raw, limits, method, nextPiece).Summary);
        foreach (Message message in whole.Messages)
        {
            MessageRules.JudgeClaims(message.Head);
            MessageRules.Judge(message, method);
            Translation.Judge((ResponseHead)message.Head, method);
        }
    }
}
