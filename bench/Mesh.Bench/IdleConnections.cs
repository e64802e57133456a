namespace Mesh.Bench;

/// <summary>Sub-command `hold`: many keep-alive client connections that have each asked once and now say nothing, until the input ends.</summary>
internal static class IdleConnections
{
    private const int OpenAtOnce = 64;

    public static async Task<int> HoldAsync(Options options)
    {
        int port = options.Number("port", 0);
        int count = options.Number("connections", 10_000);
        RawHttp?[] held = new RawHttp?[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = OpenAtOnce }, async (index, _) =>
        {
            RawHttp http = await RawHttp.ConnectAsync(port);
            held[index] = http;
            await http.SendAsync($"GET / HTTP/1.1\r\nHost: {ConfigWriter.Authority}\r\n\r\n");
            string head = await http.ReadHeadAsync() ?? throw new BenchException($"connection {index} was closed without an answer");
            await http.ReadBodyAsync(RawHttp.LengthOf(head), withHash: false);
        });
        Console.WriteLine($"held {count}");
        await Console.In.ReadToEndAsync();
        Array.ForEach(held, http => http?.Dispose());
        return 0;
    }
}
