using Mesh.Fuzz.World;
using Mesh.Wire.Detection;

namespace Mesh.Fuzz.Detection;

/// <summary>What a connection speaks is told once, the same in any pieces, and nothing of it is taken away.</summary>
internal sealed class DetectTarget : FuzzTarget
{
    private static readonly byte[][] s_seeds =
    [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
        "PRIX /a HTTP/1.1\r\n"u8.ToArray(),
        [0x16, 3, 1, 2, 0, 1, 0], "SSH-2.0-OpenSSH_9\r\n"u8.ToArray(), "*1\r\n$4\r\nPING\r\n"u8.ToArray(), [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F],
        "M-SEARCH * HTTP/1.1\r\n"u8.ToArray(), "AVERYLONGMETHODNAMETHATNEVERENDS /"u8.ToArray(), "OPTIONS http://x/ HTTP/1.1"u8.ToArray(),
        "\r\n\r\nGET /"u8.ToArray(), "OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n"u8.ToArray(), "set foo 0 0 3\r\nbar\r\n"u8.ToArray(),
        "GET  /\0 HTTP/1.1\n"u8.ToArray(), "FOO /a\tb HTTP/9.1\r\n"u8.ToArray(), "SSH-2.0-OpenSSH_9.6 FreeBSD\r\n"u8.ToArray(),
    ];

    private static readonly string[] s_known = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

    public override string Name => "detect";

    public override FuzzCase Make(Dice dice)
    {
        List<byte[]> parts = [dice.Chance(90) ? dice.Pick<byte[]>(s_seeds) : dice.Bytes(dice.Next(40))];
        if (dice.Chance(50)) Mutator.Bytes(parts, dice);
        byte[] bytes = parts[0];
        parts.Clear();
        for (int at = 0; at < bytes.Length;)
        {
            int count = Math.Min(bytes.Length - at, 1 + dice.Size(10));
            parts.Add(Script.Deliver(bytes[at..(at + count)], silent: dice.Chance(30)));
            at += count;
        }

        if (dice.Chance(40)) parts.Insert(dice.Next(parts.Count + 1), [dice.Pick<byte>([Script.Tick, Script.Fin, Script.Reset, Script.Drain])]);
        return new FuzzCase(dice.Bytes(KnobCount), [.. parts]);
    }

    public override void Check(FuzzCase made)
    {
        byte[] bytes = [.. made.Parts.Where(static part => part is [< Script.Room or Script.Silent, ..]).SelectMany(static part => part.Skip(1))];
        bool onlyHttp = made.Knob(8, 3) == 0;
        bool isTold = TellPure(bytes, onlyHttp, out SpokenProtocol wanted, out _);
        using SnifferStage stage = new(onlyHttp);
        stage.Play(made.Parts);
        bool isLooked = made.Parts.Length > 0 && made.Parts[^1] is [not Script.Silent, ..];
        if (stage.IsPlain && isTold && isLooked) FuzzFaultException.Require(stage.Told is not null, $"not told: though it is {wanted}");
        bool isRight = !stage.IsPlain || stage.Told is null || (isTold && stage.Told == wanted);
        FuzzFaultException.Require(isRight, $"not what it is: {stage.Told}, is {wanted}");
        // What is cut, or late, goes by its method.
        bool isHttp = stage.Told is SpokenProtocol.Http1 or SpokenProtocol.Http2 or SpokenProtocol.Tls;
        bool isCut = stage.Told == SpokenProtocol.Http1 && !stage.IsPlain && HasKnownMethod(TextOf(bytes));
        FuzzFaultException.Require(!isHttp || onlyHttp || isCut || stage.Told == wanted, $"told too early: {stage.Told}, is {wanted}");
        stage.EndAll();
    }

    /// <summary>By the pure function: at each length the same, once it is told.</summary>
    private static bool TellPure(byte[] bytes, bool onlyHttp, out SpokenProtocol spoken, out int decidedBy)
    {
        spoken = SpokenProtocol.Silent;
        decidedBy = int.MaxValue;
        int most = onlyHttp ? FirstBytes.MostOfHttp : FirstBytes.Most;
        for (int length = 0; length <= Math.Min(bytes.Length, most); length++)
        {
            ReadOnlySpan<byte> first = bytes.AsSpan(0, length);
            bool told = onlyHttp ? FirstBytes.TryTellHttp(first, out SpokenProtocol now) : FirstBytes.TryTell(first, out now);
            FuzzFaultException.Require(told || decidedBy == int.MaxValue, $"undecided again: after {length} bytes");
            FuzzFaultException.Require(decidedBy == int.MaxValue || now == spoken,
                $"the verdict changes: {spoken} after {decidedBy}, {now} after {length} bytes");
            if (!told || decidedBy != int.MaxValue) continue;
            (spoken, decidedBy) = (now, length);
        }

        FuzzFaultException.Require(decidedBy != int.MaxValue || bytes.Length < most,
            "undecided: after as many bytes as are ever looked at");
        SpokenProtocol plainly = Plainly(bytes, onlyHttp);
        FuzzFaultException.Require(decidedBy == int.MaxValue || spoken == plainly, $"the verdict is wrong: {spoken}, plainly {plainly}");
        return decidedBy != int.MaxValue;
    }

    /// <summary>The same rules once more, as one would write them who sees all bytes.</summary>
    private static SpokenProtocol Plainly(byte[] bytes, bool onlyHttp)
    {
        string text = TextOf(bytes);
        if (text.StartsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", StringComparison.Ordinal)) return SpokenProtocol.Http2;
        if (onlyHttp) return SpokenProtocol.Http1;
        if (text.Length > 1 && text[0] == '\x16' && text[1] == '\x03') return SpokenProtocol.Tls;
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        bool isMethod = space is > 0 and <= FirstBytes.MaxMethod
            && text[..space].All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
        if (!isMethod) return SpokenProtocol.Opaque;
        bool isKnown = HasKnownMethod(text);
        string line = new([.. text.TakeWhile(each => isKnown ? each != '\n' : each is '\t' or >= ' ' and not '\x7f')]);
        bool isHttp = line.Contains(" HTTP/", StringComparison.Ordinal) || (isKnown && line.Length >= FirstBytes.Most);
        return isHttp ? SpokenProtocol.Http1 : SpokenProtocol.Opaque;
    }

    private static bool HasKnownMethod(string text) =>
        text.Split(' ') is [var method, _, ..] && s_known.Contains(method);

    private static string TextOf(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, FirstBytes.Most)));

    private sealed class SnifferStage : Stage
    {
        private readonly Sniffer _sniffer;
        private int _delivered;

        public SnifferStage(bool onlyHttp)
        {
            _sniffer = new Sniffer(Transport, new Sniffer.Settings(1_000_000, 1_000_000_000, onlyHttp, OnTold));
            _sniffer.Start();
        }

        public SpokenProtocol? Told { get; private set; }

        protected override bool IsOver => Told is not null;

        protected override void Drain() => _sniffer.Drain();

        protected override void OnDeliver(ReadOnlySpan<byte> bytes) => _delivered += bytes.Length;

        protected override void Look()
        {
            if (Transport.IsClosed) return;
            FuzzFaultException.Require(Transport.Unread == _delivered, "bytes are gone: that somebody else is to read");
        }

        private void OnTold(Sniffer sniffer, SpokenProtocol spoken)
        {
            Closed++;
            Told = spoken;
            FuzzFaultException.Require(Transport.Observer is null, "it listens on: after its verdict");
            FuzzFaultException.Require(Transport.IsClosed == (spoken == SpokenProtocol.Gone), $"closed by itself: {spoken}");
        }
    }
}
