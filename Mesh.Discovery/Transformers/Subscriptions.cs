namespace Mesh.Discovery.Transformers;

/// <summary>Several subscriptions as one.</summary>
internal sealed class Subscriptions(params IDisposable[] parts) : IDisposable
{
    public static readonly Subscriptions None = new();

    public void Dispose()
    {
        foreach (IDisposable part in parts) part.Dispose();
    }
}
