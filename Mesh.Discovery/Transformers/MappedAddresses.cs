using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Transformers;

/// <summary>Live addresses made of others (and of a live host). It subscribes to nothing by itself: only as long as somebody listens to it.</summary>
/// <remarks>Any thread. Tells only when the made set differs.</remarks>
internal sealed class MappedAddresses(ILive<AddressState> found, ILive<HostState>? host, Func<AddressState, HostState?, AddressState> map)
    : ILive<AddressState>
{
    private volatile Made? _last;

    public AddressState Current
    {
        get
        {
            AddressState source = found.Current;
            HostState? with = host?.Current;
            Made? last = _last;
            if (last is not null && ReferenceEquals(last.Source, source) && ReferenceEquals(last.With, with)) return last.Result;
            AddressState result = map(source, with);
            _last = new Made(source, with, result);
            return result;
        }
    }

    public IDisposable OnChange(Action changed) => new Listener(this, changed);

    private IDisposable Subscribe(Action changed) =>
        host is null ? found.OnChange(changed) : new Subscriptions(found.OnChange(changed), host.OnChange(changed));

    private sealed record Made(AddressState Source, HostState? With, AddressState Result);

    private sealed class Listener : IDisposable
    {
        private readonly MappedAddresses _owner;
        private readonly Action _changed;
        private readonly IDisposable _subscription;
        private AddressState? _seen;

        public Listener(MappedAddresses owner, Action changed)
        {
            _owner = owner;
            _changed = changed;
            _subscription = owner.Subscribe(Look);
            // Only if no change came between: that one has looked for itself.
            Interlocked.CompareExchange(ref _seen, owner.Current, null);
        }

        public void Dispose() => _subscription.Dispose();

        /// <summary>Two looks may run at a time. Whoever notes what it saw looks again, so that the older never has the last word.</summary>
        private void Look()
        {
            bool isNew = false;
            AddressState now;
            do
            {
                now = _owner.Current;
                isNew |= !now.Equals(Interlocked.Exchange(ref _seen, now));
            }
            while (!now.Equals(_owner.Current));
            if (isNew) _changed();
        }
    }
}
