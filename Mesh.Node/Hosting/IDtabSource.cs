using Mesh.Routing.Bindings;

namespace Mesh.Node.Hosting;

/// <summary>Rules that an interpreter takes from elsewhere than the config. Whoever makes one is told after each change.</summary>
internal interface IDtabSource : IDisposable
{
    /// <summary>What is known now; any thread.</summary>
    DtabState State { get; }

    /// <summary>Where they come from, for people.</summary>
    string Name { get; }
}
