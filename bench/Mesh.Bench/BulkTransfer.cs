using System.Diagnostics;

namespace Mesh.Bench;

/// <summary>One big body through a proxy, up or down; and the two ends as processes of their own.</summary>
internal static class BulkTransfer
{
    /// <summary>Downloads and returns the hash of what came, or "".</summary>
    public static async Task<string> DownAsync(int port, string authority, long length, bool withHash)
    {
        using RawHttp http = await RawHttp.ConnectAsync(port);
        await http.SendAsync($"GET /bytes/{length} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        string head = await HeadAsync(http);
        return await http.ReadBodyAsync(RawHttp.LengthOf(head), withHash);
    }

    /// <summary>Uploads and returns the hash that the backend computed.</summary>
    public static async Task<string> UpAsync(int port, string authority, long length)
    {
        using RawHttp http = await RawHttp.ConnectAsync(port);
        await http.SendAsync($"POST /sha HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n\r\n");
        await http.SendBodyAsync(length);
        string head = await HeadAsync(http);
        return await http.ReadTextAsync(RawHttp.LengthOf(head));
    }

    /// <summary>Sub-command `origin`: serves until its input ends.</summary>
    public static async Task<int> ServeAsync(Options options)
    {
        using RawOrigin origin = new();
        Console.WriteLine($"origin on {origin.Port}");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    /// <summary>Sub-command `download`: one big body, and how fast it came.</summary>
    public static async Task<int> DownloadAsync(Options options)
    {
        long length = (long)options.Number("megabytes", 10240) << 20;
        long start = Stopwatch.GetTimestamp();
        await DownAsync(options.Number("port", 0), ConfigWriter.BulkAuthority, length, withHash: false);
        Console.WriteLine($"downloaded {length >> 20} MB in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
        return 0;
    }

    private static async Task<string> HeadAsync(RawHttp http)
    {
        string head = await http.ReadHeadAsync() ?? throw new BenchException("the proxy closed without an answer");
        return head.Split(' ')[1] == "200" ? head : throw new BenchException($"the proxy answered: {head}");
    }
}
