using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Storage;
using Change = System.Collections.Generic.KeyValuePair<string, System.ReadOnlyMemory<byte>?>;

namespace Mesh.Discovery.Services;

/// <summary>
/// Which instances an operator has drained, on the node's disk: a restart must not send requests to what was taken out for a reason.
/// </summary>
/// <remarks>On the control loop. At most as many as the node hosts: what it does not host any more is forgotten.</remarks>
internal sealed class DrainShelf(NodeServices node)
{
    private const string Bucket = "services/drained";

    private static readonly ReadOnlyMemory<byte> s_drained = new byte[] { 1 };

    private readonly SortedSet<string> _drained = new(StringComparer.Ordinal);

    public bool Contains(string key) => _drained.Contains(key);

    /// <summary>Those of the last process; what was said meanwhile stays.</summary>
    public async void Load(Action loaded)
    {
        List<string> keys = [];
        try
        {
            foreach ((string key, ReadOnlyMemory<byte> entry) in await node.Durable.Load(Bucket).ConfigureAwait(false))
            {
                // Without a value: written by 0.1.0 where it meant to remove the key.
                if (!entry.IsEmpty) keys.Add(key);
            }
        }
        catch (StorageException problem)
        {
            string lost = $"which instances were drained before the restart is lost, drain them again: {problem.Message}";
            node.Log(new LogEvent(LogLevel.Error, "services", lost, problem));
        }

        node.Loop.Post(() =>
        {
            _drained.UnionWith(keys.Take(LocalServices.MaxInstances));
            loaded();
        });
    }

    /// <summary>Done when it is durable; the result is why it is not.</summary>
    public Task<string?> Set(string key, bool isDrained)
    {
        bool isChange = isDrained ? _drained.Add(key) : _drained.Remove(key);
        return isChange ? Write(key, isDrained) : Task.FromResult<string?>(null);
    }

    /// <summary>Forgets all that are not hosted.</summary>
    public void Keep(Predicate<string> isHosted)
    {
        foreach (string gone in _drained.Where(key => !isHosted(key)).ToArray()) _ = Set(gone, isDrained: false);
    }

    private async Task<string?> Write(string key, bool isDrained)
    {
        try
        {
            ReadOnlyMemory<byte>? entry = isDrained ? s_drained : default(ReadOnlyMemory<byte>?);
            await node.Durable.Write(Bucket, [new Change(key, entry)]).ConfigureAwait(false);
            return null;
        }
        catch (StorageException problem)
        {
            string unkept = $"whether {key} is drained is not on this node's disk: {problem.Message}";
            node.Log(new LogEvent(LogLevel.Error, "services", unkept, problem));
            return problem.Message;
        }
    }
}
