using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Mesh.Discovery.Names;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Mesh.Tests.Discovery;
using Mesh.Tests.Kit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Bindings;

/// <summary>A world of names that the test sets, and a cache over it. Destinations are counted.</summary>
internal sealed class BindingKit : IDestinationSource<BindingKit.Destination>, IDisposable
{
    public static readonly AddressState SomeAddress = new AddressState.Known([new WeightedAddress(new IPEndPoint(IPAddress.Loopback, 80), 1)]);

    private readonly ConcurrentDictionary<Path, LiveValue<NameState>> _answers = new();
    private readonly ConcurrentDictionary<string, LiveValue<AddressState>> _addresses = new();
    private int _watches;

    public BindingKit(string dtab, BindingCacheOptions? options = null) =>
        Cache = new BindingCache<Destination>(Dtab.Parse(dtab), Lookup, this, Time, options);

    public FakeTime Time { get; } = new();

    public BindingCache<Destination> Cache { get; }

    public ConcurrentDictionary<string, int> Lookups { get; } = new();

    public ConcurrentDictionary<string, int> References { get; } = new();

    /// <summary>Name watches that are not disposed.</summary>
    public int Watches => Volatile.Read(ref _watches);

    public LiveValue<NameState> Answer(string path) => _answers.GetOrAdd(Path.Parse(path), _ => new LiveValue<NameState>(NameState.Resolved.Neg));

    public LiveValue<AddressState> Addresses(string id) => _addresses.GetOrAdd(id, _ => new LiveValue<AddressState>(SomeAddress));

    /// <summary>Makes a path lead to a destination of the same name.</summary>
    public BoundName Serve(string path)
    {
        var name = new BoundName(Path.Parse(path), Addresses(path));
        Answer(path).Set(NameState.Resolved.To(name, Path.Empty));
        return name;
    }

    public ServiceBinding<Destination> Hold(string host) => Cache.GetOrAdd(new BindingKey(Encoding.Latin1.GetBytes(host)), Path.Of("svc", host));

    public async Task<BindingSnapshot<Destination>> Bound(string host)
    {
        ServiceBinding<Destination> binding = Hold(host);
        BindingSnapshot<Destination> snapshot = await binding.FirstBound.WaitAsync(Live.Patience);
        binding.Release();
        return snapshot;
    }

    public Destination Acquire(BoundName name)
    {
        References.AddOrUpdate(name.Id.ToString(), 1, (_, count) => count + 1);
        return new Destination(name);
    }

    public void Release(Destination destination) => References.AddOrUpdate(destination.Name.Id.ToString(), -1, (_, count) => count - 1);

    public void Dispose() => Cache.Dispose();

    /// <summary>Waits without a clock for what the pool does: each look yields to it.</summary>
    public static async Task Eventually(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Live.Patience);
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public INameWatch Lookup(Path path)
    {
        Lookups.AddOrUpdate(path.ToString(), 1, (_, count) => count + 1);
        Interlocked.Increment(ref _watches);
        return new Watch(this, Answer(path.ToString()));
    }

    internal sealed record Destination(BoundName Name);

    private sealed class Watch(BindingKit kit, LiveValue<NameState> answer) : INameWatch
    {
        public NameState Current => answer.Current;

        public IDisposable OnChange(Action changed) => answer.OnChange(changed);

        public void Dispose() => Interlocked.Decrement(ref kit._watches);
    }
}
