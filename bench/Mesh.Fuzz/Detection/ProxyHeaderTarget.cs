using System.Buffers.Binary;
using System.Text;
using Mesh.Wire.Detection;
using Mesh.Wire.Http1;
using Mesh.Wire.ProxyProtocol;

namespace Mesh.Fuzz.Detection;

/// <summary>
/// Headers of the PROXY protocol: told once, the same in any pieces, as a plain reading says; what we write is read as it was meant; nothing behind a
/// header is taken.
/// </summary>
internal sealed class ProxyHeaderTarget : FuzzTarget
{
    public override string Name => "proxy-header";

    public override FuzzCase Make(Dice dice)
    {
        List<byte[]> parts = [dice.Chance(50) ? Line(dice) : Block(dice)];
        if (dice.Chance(45)) Mutator.Bytes(parts, dice, skip: dice.Chance(70) ? 6 : 0);
        parts.Add(dice.Chance(50) ? "GET / HTTP/1.1\r\n"u8.ToArray() : dice.Bytes(dice.Size(400)));
        byte[] bytes = [.. parts.SelectMany(static part => part)];
        return new FuzzCase(dice.Bytes(KnobCount), FirstPieces.Script(bytes, dice));
    }

    public override void Check(FuzzCase made)
    {
        byte[] bytes = FirstPieces.BytesOf(made);
        string? verdict = FirstPieces.Verdict(made, bytes, ProxyHeaderBlock.MaxBytes, static first =>
            ProxyHeaderReader.Read(first, out ProxyHeader header) is not ProxyHeaderStatus.More and var status ? Text(status, header) : null);
        ProxyHeaderStatus found = ProxyHeaderReader.Read(bytes, out ProxyHeader read);
        FuzzFaultException.Require(found != ProxyHeaderStatus.Header || read.Length <= bytes.Length, $"longer than what came: {read.Length}");
        if (PlainProxyReader.Read(Encoding.Latin1.GetString(bytes)) is { } plain)
            FuzzFaultException.Require(Text(found, read) == plain, $"it is plainly another: {Text(found, read)}, {plain}");
        if (found == ProxyHeaderStatus.Header) ReadAgain(read);
        Look(made, verdict, found, read);
    }

    private static string Text(ProxyHeaderStatus status, ProxyHeader header) =>
        status == ProxyHeaderStatus.Header ? $"{status} {header.Source} {header.Destination} {header.Length}" : $"{status}";

    /// <summary>What was read is written as each version, and read as the same.</summary>
    private static void ReadAgain(ProxyHeader read)
    {
        byte[] room = new byte[ProxyHeaderWriter.MaxBytes];
        for (int way = 0; way < 3; way++)
        {
            int length = way == 0 ? ProxyHeaderWriter.WriteLine(room, read.Source, read.Destination)
                : ProxyHeaderWriter.WriteBlock(room, read.Source, read.Destination, withChecksum: way == 2);
            ProxyHeaderStatus status = ProxyHeaderReader.Read(room.AsSpan(0, length), out ProxyHeader again);
            bool isSame = status == ProxyHeaderStatus.Header && again.Length == length
                && Equals(again.Source, read.Source) && Equals(again.Destination, read.Destination);
            FuzzFaultException.Require(isSame, $"what is written is read as another: way {way}, {status} {again}, of {read}");
        }
    }

    private static void Look(FuzzCase made, string? verdict, ProxyHeaderStatus found, ProxyHeader read)
    {
        RejectReason reason = RejectReason.None;
        using LookStage stage = new((transport, told) =>
        {
            return new ProxyHeaderLook(transport, new ProxyHeaderLook.Settings(1_000_000_000, OnTold));

            void OnTold(ProxyHeaderLook look, LookEnd end, RejectReason why)
            {
                reason = why;
                told(end, end == LookEnd.Known && why == RejectReason.None ? look.Header.Length : 0);
            }
        });
        stage.PlayAll(made.Parts);
        if (!stage.IsPlain || verdict is null) return;
        RejectReason wanted = found switch
        {
            ProxyHeaderStatus.Header => RejectReason.None,
            ProxyHeaderStatus.Missing => RejectReason.MissingProxyHeader,
            _ => RejectReason.InvalidProxyHeader,
        };
        FuzzFaultException.Require(stage.Told == LookEnd.Known && reason == wanted, $"not what it is: {stage.Told} {reason}, is {wanted}");
        bool isTold = found != ProxyHeaderStatus.Header || Equals(stage.Transport.SpokenFor, read.Source);
        FuzzFaultException.Require(isTold, $"spoken for another: {stage.Transport.SpokenFor}, {read.Source}");
    }

    private static byte[] Line(Dice dice)
    {
        string[] addresses = ["1.2.3.4", "255.255.255.255", "0.0.0.0", "::1", "2001:db8::7", "::ffff:1.2.3.4", "01.2.3.4", "1.2.3", "::1%1", "[::1]",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "256.1.1.1", "", "x"];
        string[] ports = ["0", "1", "80", "65535", "65536", "080", "-1", "+1", " 1", "", "99999999999"];
        string family = dice.Pick<string>(["TCP4", "TCP4", "TCP4", "TCP6", "TCP6", "UNKNOWN", "UDP4", "tcp4", ""]);
        bool isSix = family == "TCP6";
        string address() => dice.Chance(85) ? addresses[isSix ? 3 + dice.Next(3) : dice.Next(3)] : dice.Pick<string>(addresses);
        string port() => ports[dice.Next(dice.Chance(85) ? 4 : ports.Length)];
        string end = dice.Chance(90) ? "\r\n" : dice.Pick<string>(["\n", "\r", "", "\r\r\n", " \r\n"]);
        return Encoding.Latin1.GetBytes($"PROXY {family} {address()} {address()} {port()} {port()}{end}");
    }

    private static byte[] Block(Dice dice)
    {
        byte family = dice.Chance(85) ? dice.Pick<byte>([0x11, 0x11, 0x21, 0x21, 0x00, 0x12, 0x22, 0x31]) : (byte)dice.Next(256);
        int addresses = family switch { 0x11 or 0x12 => 12, 0x21 or 0x22 => 36, 0x31 or 0x32 => 216, _ => 0 };
        List<byte> rest = [.. dice.Bytes(addresses)];
        for (int values = dice.Chance(40) ? 1 + dice.Next(4) : 0; values > 0; values--)
        {
            byte[] value = dice.Bytes(dice.Chance(5) ? dice.Next(20_000) : dice.Next(40));
            byte type = dice.Pick<byte>([1, 2, 4, 5, 0x20, 0x30, 3]);
            if (type == 3 && dice.Chance(90)) continue;
            rest.AddRange([type, (byte)(value.Length >> 8), (byte)value.Length, .. value]);
        }

        byte command = dice.Chance(90) ? (byte)(0x20 | dice.Next(2)) : (byte)dice.Next(256);
        int told = dice.Chance(92) ? rest.Count : dice.Next(65_536);
        byte[] block = [.. "\r\n\r\n\0\r\nQUIT\n"u8, command, family, (byte)(told >> 8), (byte)told, .. rest];
        return dice.Chance(25) ? Checked(block) : block;
    }

    /// <summary>With a checksum that is right, at its end.</summary>
    private static byte[] Checked(byte[] block)
    {
        byte[] all = [.. block, 3, 0, 4, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(all.AsSpan(14), (ushort)(all.Length - 16));
        BinaryPrimitives.WriteUInt32BigEndian(all.AsSpan(all.Length - 4), PlainProxyReader.Crc32C(all));
        return all;
    }
}
