using System.Collections.Immutable;

namespace Mesh.Node.Demo.Fleet;

/// <summary>
/// A client that knows every node: it asks one, and the next where nobody is there, which it then leaves alone for a second. It moves on for
/// want of an answer only, never for a bad one.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class FleetClient(ImmutableArray<FleetDoor> doors, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);

    private readonly DemoClient _client = new(time);
    private long _turn;

    /// <summary>Through the nodes in turn.</summary>
    public Task<DemoAnswer> NextAsync(string service) => GetAsync(service, (int)(Interlocked.Increment(ref _turn) % doors.Length));

    /// <summary>Through one node, or those after it.</summary>
    /// <param name="service">Whom to ask for.</param>
    /// <param name="first">The place of the node among the doors.</param>
    public async Task<DemoAnswer> GetAsync(string service, int first)
    {
        DemoAnswer last = default;
        for (int i = 0; i < doors.Length; i++)
        {
            FleetDoor door = doors[(first + i) % doors.Length];
            long now = time.GetTimestamp();
            if (door.Rests(now) && i < doors.Length - 1) continue;
            last = await _client.GetAsync(door.Router, service).ConfigureAwait(false);
            if (last.IsFromNode)
            {
                door.Note(last);
                return last;
            }

            door.NoteClosed(now + (long)(s_rest.TotalSeconds * time.TimestampFrequency));
        }

        return last;
    }

    public void Dispose() => _client.Dispose();
}
