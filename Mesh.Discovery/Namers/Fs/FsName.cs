using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>One path that somebody asked for, shared by all who ask for it.</summary>
internal sealed class FsName(Names.Path residual, TimeProvider time)
{
    private readonly LiveValue<NameState> _state = new(NameState.Pending.Instance);
    private readonly ChangeStamp _changed = new(time);
    private volatile FsFile? _file;

    public Names.Path Residual => residual;

    public ILive<NameState> State => _state;

    /// <summary>Written under the namer's lock.</summary>
    public int Watchers { get; set; }

    /// <summary>The scan's word.</summary>
    /// <param name="state">What the name leads to.</param>
    /// <param name="file">The file that it leads to; null when there is none.</param>
    public void Set(NameState state, FsFile? file)
    {
        _file = file;
        _changed.Note(_state.Set(state));
    }

    /// <summary>For an operator. Any thread.</summary>
    public NameStatus Status(Names.Path prefix)
    {
        FsFile? file = _file;
        Names.Path name = prefix + residual;
        return _state.Current switch
        {
            NameState.Pending => new NameStatus(name, NameStatus.Pending, _changed.At, [], ""),
            NameState.Failed failed => new NameStatus(name, NameStatus.Failed, _changed.At, [], failed.Reason),
            _ when file is null => new NameStatus(name, NameStatus.Neg, _changed.At, [], ""),
            _ => NameStatus.Of(name, file.Bound.Addresses.Current, file.ChangedAt, file.Problem),
        };
    }
}
