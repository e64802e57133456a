namespace Mesh.Wire.Loops;

/// <summary>A call that a loop owes: a static function and its two arguments, so that posting a method allocates no closure.</summary>
internal readonly record struct LoopWork(Action<object?, object?> Call, object? First, object? Second)
{
    public void Run() => Call(First, Second);
}
