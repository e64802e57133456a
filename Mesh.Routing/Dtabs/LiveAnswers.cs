using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>What namers answer while somebody waits for one evaluation: watches are kept from the first question to the end of the wait.</summary>
/// <remarks>One evaluator; changes may be told on any thread. An evaluation asks at most <see cref="NameBinder.MaxLookups"/> questions.</remarks>
internal sealed class LiveAnswers(Func<Path, INameWatch> lookup) : IDisposable
{
    private readonly Dictionary<Path, INameWatch> _names = [];
    private readonly HashSet<BoundName> _destinations = [];
    private readonly List<IDisposable> _subscriptions = [];
    private volatile TaskCompletionSource _changed = New();

    /// <summary>
    /// Evaluates, and again after each change while the result is pending; what is there when <paramref name="cancel"/> comes is the result.
    /// </summary>
    public static async Task<T> SettleAsync<T>(
        Func<Path, INameWatch> lookup,
        ImmutableArray<Transformer> transformers,
        Func<LiveAnswers, T> evaluate,
        Func<T, bool> isPending,
        CancellationToken cancel)
    {
        using var answers = new LiveAnswers(lookup);
        foreach (Transformer transformer in transformers) answers._subscriptions.Add(transformer.OnChange(answers.OnChange));
        while (true)
        {
            // Made before the evaluation, so that a change in its midst is not missed.
            TaskCompletionSource changed = answers._changed = New();
            T result = evaluate(answers);
            if (!isPending(result)) return result;
            await changed.Task.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancel.IsCancellationRequested) return result;
        }
    }

    /// <summary>
    /// Evaluates now, and again after each change for as long as it is enumerated. Each evaluation has watches of its own, and those of the one
    /// before are let go after it: what is no longer asked for is forgotten, and a namer that is asked again need not forget in between.
    /// </summary>
    public static async IAsyncEnumerable<T> FollowAsync<T>(
        Func<Path, INameWatch> lookup,
        Func<Action, IDisposable> onRules,
        Func<LiveAnswers, T> evaluate,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        LiveAnswers? before = null;
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                var answers = new LiveAnswers(lookup);
                Task changed = answers._changed.Task;
                answers._subscriptions.Add(onRules(answers.OnChange));
                T result = evaluate(answers);
                before?.Dispose();
                before = answers;
                yield return result;
                await changed.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            before?.Dispose();
        }
    }

    public NameState Lookup(Path path)
    {
        if (!_names.TryGetValue(path, out INameWatch? watch))
        {
            _names.Add(path, watch = lookup(path));
            _subscriptions.Add(watch.OnChange(OnChange));
        }
        return watch.Current;
    }

    public AddressState Addresses(BoundName name)
    {
        if (_destinations.Add(name)) _subscriptions.Add(name.Addresses.OnChange(OnChange));
        return name.Addresses.Current;
    }

    public void Dispose()
    {
        foreach (IDisposable subscription in _subscriptions) subscription.Dispose();
        foreach (INameWatch watch in _names.Values) watch.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnChange() => _changed.TrySetResult();
}
