using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Bindings;

/// <summary>
/// The live values that one binding depends on, as they were met by its last evaluation: name watches and address sets. What an evaluation
/// does not meet again is dropped after it.
/// </summary>
/// <remarks>Belongs to one evaluator; only <c>changed</c> is called from elsewhere.</remarks>
/// <param name="changed">Called when one of them changes.</param>
/// <param name="maxNames">Names that one evaluation may ask for.</param>
internal sealed class BindingInputs(Action changed, int maxNames = int.MaxValue)
{
    private readonly NameState.Failed _tooMany = new($"more than {maxNames} names are asked for by the rules that the request brought");
    private readonly Dictionary<Path, WatchedName> _names = [];
    private readonly Dictionary<BoundName, WatchedAddresses> _addresses = [];
    private readonly List<WatchedName> _outdated = [];
    private Func<Path, INameWatch>? _lookup;
    private Interpretation? _interpretation;
    private int _evaluation;
    private int _asked;

    /// <summary>Names watched.</summary>
    public int Names => _names.Count;

    /// <summary>
    /// Set when the evaluation asked for too many names: those beyond were answered with this failure, which a union may have covered up.
    /// </summary>
    public string? Exceeded { get; private set; }

    /// <summary>Begins an evaluation by the rules as they are; those to follow here come back.</summary>
    public Dtab BeginEvaluation(BindingRules rules, Dtab all)
    {
        _interpretation = Interpretation.Of(rules, all, _interpretation);
        BeginEvaluation(_interpretation.Lookup);
        return _interpretation.Here;
    }

    /// <summary>
    /// With other namers than the last time, all names are asked anew; the old watches are held until the end, so that a namer that is in both
    /// need not forget in between.
    /// </summary>
    public void BeginEvaluation(Func<Path, INameWatch>? lookup)
    {
        _evaluation++;
        _asked = 0;
        Exceeded = null;
        if (ReferenceEquals(lookup, _lookup)) return;
        _lookup = lookup;
        _outdated.AddRange(_names.Values);
        _names.Clear();
    }

    public NameState Lookup(Path path)
    {
        if (!_names.TryGetValue(path, out WatchedName? watched))
        {
            if (_asked >= maxNames)
            {
                Exceeded = _tooMany.Reason;
                return _tooMany;
            }

            INameWatch watch = _lookup!(path);
            _names.Add(path, watched = new WatchedName(watch, watch.OnChange(changed)));
        }
        if (watched.SeenIn != _evaluation) _asked++;
        watched.SeenIn = _evaluation;
        return watched.Watch.Current;
    }

    public AddressState Addresses(BoundName name)
    {
        if (!_addresses.TryGetValue(name, out WatchedAddresses? watched))
        {
            watched = new WatchedAddresses(name.Addresses, changed);
            _addresses.Add(name, watched);
        }
        watched.SeenIn = _evaluation;
        return watched.Read();
    }

    public void EndEvaluation()
    {
        foreach ((BoundName name, WatchedAddresses watched) in _addresses.Where(pair => pair.Value.SeenIn != _evaluation).ToArray())
        {
            watched.Dispose();
            _addresses.Remove(name);
        }
        foreach ((Path path, WatchedName watched) in _names.Where(pair => pair.Value.SeenIn != _evaluation).ToArray())
        {
            watched.Dispose();
            _names.Remove(path);
        }
        foreach (WatchedName watched in _outdated) watched.Dispose();
        _outdated.Clear();
    }

    public void DropAll()
    {
        BeginEvaluation(null);
        EndEvaluation();
    }

    private sealed class WatchedName(INameWatch watch, IDisposable subscription) : IDisposable
    {
        public int SeenIn { get; set; }

        public INameWatch Watch => watch;

        public void Dispose()
        {
            subscription.Dispose();
            watch.Dispose();
        }
    }

    /// <summary>Asks for an evaluation only when the answer to "is there an address?" changes: scaling must not re-bind.</summary>
    private sealed class WatchedAddresses : IDisposable
    {
        private readonly ILive<AddressState> _addresses;
        private readonly Action _changed;
        private readonly IDisposable _subscription;
        private volatile int _seen = -1;

        public WatchedAddresses(ILive<AddressState> addresses, Action changed)
        {
            _addresses = addresses;
            _changed = changed;
            _subscription = addresses.OnChange(OnChange);
        }

        public int SeenIn { get; set; }

        public AddressState Read()
        {
            AddressState state = _addresses.Current;
            _seen = KindOf(state);
            // A change between the two lines may have compared itself with the older kind.
            if (KindOf(_addresses.Current) != _seen) _changed();
            return state;
        }

        public void Dispose() => _subscription.Dispose();

        private static int KindOf(AddressState state) => state switch
        {
            AddressState.Pending => 0,
            AddressState.Failed => 1,
            _ => state.IsKnownEmpty ? 2 : 3,
        };

        private void OnChange()
        {
            if (KindOf(_addresses.Current) != _seen) _changed();
        }
    }
}
