using Mesh.Discovery.Names;

namespace Mesh.Tests.Discovery;

/// <summary>Waits for live values by their own notifications.</summary>
internal static class Live
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<T> Until<T>(this ILive<T> live, Func<T, bool> holds)
    {
        var reached = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = live.OnChange(Check);
        Check();
        return await reached.Task.WaitAsync(Patience);

        void Check()
        {
            T current = live.Current;
            if (holds(current)) reached.TrySetResult(current);
        }
    }

    public static async Task<BoundName> Destination(this ILive<NameState> live)
    {
        NameState state = await live.Until(state => state is NameState.Resolved { Tree: NameTree<Name>.Leaf { Value: Name.Bound } });
        return ((Name.Bound)((NameTree<Name>.Leaf)((NameState.Resolved)state).Tree).Value).Destination;
    }

    public static Task<AddressState> UntilEndPoints(this BoundName name, params string[] endPoints) =>
        name.Addresses.Until(state => state is AddressState.Known known && known.Addresses.Select(a => a.EndPoint.ToString()).SequenceEqual(endPoints));
}
