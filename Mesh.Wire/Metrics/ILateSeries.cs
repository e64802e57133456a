namespace Mesh.Wire.Metrics;

/// <summary>Series that nobody writes to by hand, and that need not be there before somebody looks.</summary>
public interface ILateSeries
{
    /// <summary>Registers them. Called once, on the thread of whoever looks first; not at all when the scope goes before.</summary>
    /// <param name="scope">The scope that was asked to wait.</param>
    void Register(MetricScope scope);
}
