using System.Text;
using Mesh.Wire.Detection;

namespace Mesh.Fuzz.Detection;

/// <summary>First messages of TLS: told once, the same in any pieces and records, as a plain reading says, and nothing is taken.</summary>
internal sealed class ClientHelloTarget : FuzzTarget
{
    private static readonly string[] s_names =
    [
        "web", "a.b.example.org", "WEB.Example", "web.", ".web", "", "1.2.3.4", "a b", "xn--caf-dma.fr", "a_b-c", "caf\u00e9", new('n', 255),
        new('n', 256),
    ];

    public override string Name => "client-hello";

    public override FuzzCase Make(Dice dice)
    {
        List<byte[]> parts = [Message(dice)];
        if (dice.Chance(35)) Mutator.Bytes(parts, dice);
        parts = Records(parts[0], dice);
        if (dice.Chance(20)) Mutator.Bytes(parts, dice);
        if (dice.Chance(8)) Mutator.Parts(parts, dice);
        if (dice.Chance(30)) parts.Add(dice.Bytes(dice.Size(500)));
        return new FuzzCase(dice.Bytes(KnobCount), FirstPieces.Script([.. parts.SelectMany(static part => part)], dice));
    }

    public override void Check(FuzzCase made)
    {
        byte[] bytes = FirstPieces.BytesOf(made);
        string? verdict = FirstPieces.Verdict(made, bytes, ClientHello.MaxBytes, static first =>
            ClientHello.Read(first, out string name) is not HelloStatus.More and var status ? $"{status} {name}" : null);
        HelloStatus found = ClientHello.Read(bytes.AsSpan(0, Math.Min(bytes.Length, ClientHello.MaxBytes)), out string named);
        FuzzFaultException.Require((found == HelloStatus.Named) == (named.Length > 0), $"a name that is none: {found}, {named}");
        bool isName = named.Length <= ClientHello.MaxName
            && named.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.');
        FuzzFaultException.Require(isName, $"no name of a host: {named}");
        string plain = PlainHelloReader.Read(bytes);
        FuzzFaultException.Require($"{found} {named}" == plain, $"it is plainly another: {found} {named}, {plain}");
        string told = "";
        using LookStage stage = new((transport, tell) => new HelloLook(transport, new HelloLook.Settings(1_000_000, 1_000_000_000, (_, end, name) =>
        {
            told = name;
            tell(end, 0);
        })));
        stage.PlayAll(made.Parts);
        if (!stage.IsPlain || verdict is null) return;
        FuzzFaultException.Require(stage.Told == LookEnd.Known && told == named, $"not the name: {stage.Told} {told}, is {named}");
    }

    private static byte[] Message(Dice dice)
    {
        List<byte> extensions = [];
        for (int count = dice.Next(6); count > 0; count--) Extension(extensions, dice);
        List<byte> body = [3, 3, .. dice.Bytes(32)];
        Short(body, dice.Bytes(dice.Chance(90) ? dice.Pick<int>([0, 32]) : dice.Next(60)));
        Long(body, dice.Bytes(dice.Chance(95) ? 2 * (1 + dice.Next(20)) : dice.Next(5)));
        Short(body, dice.Bytes(dice.Chance(95) ? 1 : dice.Next(3)));
        if (extensions.Count > 0 || dice.Chance(50)) Long(body, [.. extensions]);
        int told = dice.Chance(96) ? body.Count : dice.Next(1 << 24);
        return [1, (byte)(told >> 16), (byte)(told >> 8), (byte)told, .. body];
    }

    private static void Extension(List<byte> to, Dice dice)
    {
        int type = dice.Pick<int>([0, 0, 0, 0x0A0A, 0xDADA, 16, 43, 51, 21]);
        List<byte> data = [];
        if (type != 0) data.AddRange(dice.Bytes(dice.Chance(4) ? dice.Next(17_000) : dice.Next(60)));
        else
        {
            List<byte> names = [];
            for (int count = dice.Chance(90) ? 1 : dice.Next(4); count > 0; count--)
            {
                names.Add(dice.Chance(93) ? (byte)0 : (byte)dice.Next(256));
                Long(names, Encoding.Latin1.GetBytes(dice.Chance(60) ? s_names[dice.Next(3)] : dice.Pick<string>(s_names)));
            }

            Long(data, [.. names]);
        }

        to.AddRange([(byte)(type >> 8), (byte)type]);
        Long(to, [.. data]);
    }

    /// <summary>The message in records of any size.</summary>
    private static List<byte[]> Records(byte[] message, Dice dice)
    {
        List<byte[]> records = [];
        int most = dice.Chance(50) ? 16_384 : 1 + dice.Size(message.Length);
        for (int at = 0; at < message.Length;)
        {
            int count = Math.Min(Math.Min(message.Length - at, most), 1 + dice.Next(most));
            if (most == 16_384) count = Math.Min(message.Length - at, most);
            records.Add([22, 3, (byte)dice.Next(4), (byte)(count >> 8), (byte)count, .. message[at..(at + count)]]);
            at += count;
        }

        return records;
    }

    private static void Short(List<byte> to, byte[] bytes) => to.AddRange([(byte)bytes.Length, .. bytes]);

    private static void Long(List<byte> to, byte[] bytes) => to.AddRange([(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
}
