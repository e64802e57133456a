using Mesh.Discovery.Namerd;
using Mesh.Discovery.Names;
using Mesh.Tests.Kit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery.Namerd;

/// <summary>Names by a <see cref="FakeNamerd"/>, on a clock that stands still.</summary>
internal sealed class NamerdRig : IDisposable
{
    public NamerdRig()
    {
        NamerdOptions options = new(new Uri("http://namerd:4180"), "web")
        {
            RetryBase = TimeSpan.FromSeconds(4), RetryMax = TimeSpan.FromSeconds(60), Seed = 1, Report = Said.Enqueue,
        };
        Names = new NamerdNames(options, Time, Namerd);
    }

    public FakeTime Time { get; } = new();

    public FakeNamerd Namerd { get; } = new();

    public NamerdNames Names { get; }

    public System.Collections.Concurrent.ConcurrentQueue<string> Said { get; } = new();

    public static string Leaf(string id, string addresses, string residual = "/") =>
        "{\"type\":\"leaf\",\"bound\":" + Bound(id, addresses, residual) + "}";

    /// <param name="addresses">As <c>10.0.0.1:80</c>, apart by blanks.</param>
    public static string Addresses(string addresses)
    {
        IEnumerable<string[]> all = addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static each => each.Split(':'));
        IEnumerable<string> written = all.Select(static each => $"{{\"ip\":\"{each[0]}\",\"port\":{each[1]},\"meta\":{{}}}}");
        return "{\"type\":\"bound\",\"addrs\":[" + string.Join(',', written) + "],\"meta\":{}}";
    }

    public INameWatch Watch(string path = "/svc/a", string dtab = "") => Names.Lookup(Path.Parse(path), dtab);

    /// <summary>A name that was bound to one address, by its bind and its addr stream.</summary>
    public async Task<(Asked Bind, Asked Addr, BoundName Destination)> BoundAsync(INameWatch watch)
    {
        Asked bind = await Namerd.NextAsync();
        await bind.SayAsync(Leaf("/#/fs/a", "") + "\n");
        Asked addr = await Namerd.NextAsync("addr");
        await addr.SayAsync(Addresses("10.0.0.1:80") + "\n");
        BoundName destination = await watch.Destination();
        await destination.UntilEndPoints("10.0.0.1:80");
        return (bind, addr, destination);
    }

    /// <summary>Moves the clock until the next question comes; one that waits for a pause may not have begun to wait yet.</summary>
    public async Task<Asked> NextAfterPauseAsync(string kind = "bind")
    {
        Task<Asked> next = Namerd.NextAsync(kind);
        using PeriodicTimer look = new(TimeSpan.FromMilliseconds(1));
        while (!next.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await look.WaitForNextTickAsync();
        }

        return await next;
    }

    public void Dispose() => Names.Dispose();

    private static string Bound(string id, string addresses, string residual) =>
        $"{{\"addr\":{Addresses(addresses)},\"id\":\"{id}\",\"path\":\"{residual}\"}}";
}
