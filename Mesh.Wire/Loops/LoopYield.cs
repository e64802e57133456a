using System.Runtime.CompilerServices;

namespace Mesh.Wire.Loops;

/// <summary>Awaited by a pump that has had its share of a turn: the rest runs after the turn's other events.</summary>
public readonly struct LoopYield(EventLoop loop) : ICriticalNotifyCompletion
{
    /// <summary>
    /// Bytes a pump moves before it yields: about one buffer. With four buffers the median of a small request beside a big body was 572 us, with
    /// one 453 us (188 us with none; bench/results has the page). The price is a wait of the loop for each buffer, not measured.
    /// </summary>
    public const int BytesPerTurn = 64 * 1024;

    /// <summary>Reads and writes that complete at once before a pump yields.</summary>
    public const int StepsPerTurn = 32;

    public bool IsCompleted => false;

    public LoopYield GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => loop.Defer(static (call, _) => ((Action)call!)(), continuation);
}
