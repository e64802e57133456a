using System.Text;

namespace Mesh.Bench;

/// <summary>Sub-command `hold`: many keep-alive client connections that have each asked once and now say nothing, until the input ends.</summary>
internal static class IdleConnections
{
    private const int OpenAtOnce = 64;

    // RFC 9113 section 6.
    private const byte FrameData = 0;
    private const byte FrameHeaders = 1;
    private const byte FrameReset = 3;
    private const byte FrameSettings = 4;
    private const byte FrameGoAway = 7;
    private const byte FlagEnd = 1;
    private const byte FlagEndHeaders = 4;

    public static async Task<int> HoldAsync(Options options)
    {
        int port = options.Number("port", 0);
        int count = options.Number("connections", 10_000);
        bool isHttp2 = options.Has("http2");
        RawHttp?[] held = new RawHttp?[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = OpenAtOnce }, async (index, _) =>
        {
            RawHttp http = await RawHttp.ConnectAsync(port);
            held[index] = http;
            if (isHttp2) await AskHttp2Async(http);
            else await AskAsync(http);
        });
        Console.WriteLine($"held {count}");
        await Console.In.ReadToEndAsync();
        Array.ForEach(held, http => http?.Dispose());
        return 0;
    }

    private static async Task AskAsync(RawHttp http)
    {
        await http.SendAsync($"GET / HTTP/1.1\r\nHost: {ConfigWriter.Authority}\r\n\r\n");
        string head = await http.ReadHeadAsync() ?? throw new BenchException("a connection was closed without an answer");
        await http.ReadBodyAsync(RawHttp.LengthOf(head), withHash: false);
    }

    /// <summary>Preface, SETTINGS, their acknowledgement, and one GET whose fields stand in no table; read until its stream ends.</summary>
    private static async Task AskHttp2Async(RawHttp http)
    {
        byte[] authority = Encoding.ASCII.GetBytes(ConfigWriter.Authority);
        byte[] fields = [0x82, 0x86, 0x84, 0x01, (byte)authority.Length, .. authority];
        byte[] request =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            0, 0, 0, FrameSettings, 0, 0, 0, 0, 0,
            0, 0, 0, FrameSettings, FlagEnd, 0, 0, 0, 0,
            0, 0, (byte)fields.Length, FrameHeaders, FlagEnd | FlagEndHeaders, 0, 0, 0, 1, .. fields,
        ];
        await http.SendBytesAsync(request);
        while (true)
        {
            byte[] head = await http.ReadBytesAsync(9);
            await http.ReadBytesAsync((head[0] << 16) | (head[1] << 8) | head[2]);
            if (head[3] is FrameReset or FrameGoAway) throw new BenchException("a connection was closed without an answer");
            if (head[3] is FrameData or FrameHeaders && (head[4] & FlagEnd) != 0) return;
        }
    }
}
