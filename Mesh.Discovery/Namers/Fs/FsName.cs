using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>One path that somebody asked for, shared by all who ask for it.</summary>
internal sealed class FsName(Names.Path residual)
{
    public Names.Path Residual => residual;

    public LiveValue<NameState> State { get; } = new(NameState.Pending.Instance);

    /// <summary>Written under the namer's lock.</summary>
    public int Watchers { get; set; }
}
