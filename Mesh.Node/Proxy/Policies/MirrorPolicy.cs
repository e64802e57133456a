using System.Text;
using Mesh.Node.Config;
using Mesh.Wire;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Proxy.Policies;

/// <summary>Where copies of requests go, and how many may be on their way.</summary>
internal sealed class MirrorPolicy
{
    /// <summary>No identifier's place, so that these bindings are never those of requests.</summary>
    public const int BindingKeyPlace = -1;

    private readonly MirrorConfig _config;
    private int _inFlight;

    public MirrorPolicy(MirrorConfig config)
    {
        _config = config;
        To = Path.Parse(config.To);
        Key = Encoding.UTF8.GetBytes(config.To);
        RequestLines = Encoding.Latin1.GetBytes($"l5d-dst-service: {To}\r\nmesh-mirror: 1\r\n");
    }

    public Path To { get; }

    /// <summary>The bytes that name the binding.</summary>
    public byte[] Key { get; }

    /// <summary>What tells an app that this is a copy.</summary>
    public byte[] RequestLines { get; }

    public bool IsDrawn(ref SplitMix64 random) => random.NextDouble() * 100 < _config.Percent;

    /// <summary>Takes a place; false when all are taken. Any thread.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inFlight) <= _config.MaxInFlight) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);
}
