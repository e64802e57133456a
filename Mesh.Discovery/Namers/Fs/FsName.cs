using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>One path that somebody asked for, shared by all who ask for it.</summary>
internal sealed class FsName(Names.Path residual, TimeProvider time)
{
    private readonly LiveValue<NameState> _state = new(NameState.Pending.Instance);
    private readonly ChangeStamp _changed = new(time);
    private volatile FsFile? _file;
    private volatile bool _isReleased;

    public Names.Path Residual => residual;

    public ILive<NameState> State => _state;

    /// <summary>Written under the namer's lock.</summary>
    public int Watchers { get; set; }

    /// <summary>Nobody watches it any more, nor ever will: who asks again gets another object. Any thread.</summary>
    public bool IsReleased
    {
        get => _isReleased;
        set => _isReleased = value;
    }

    /// <summary>The file that it leads to; null when there is none. Written by the scan, as are the next three.</summary>
    public FsFile? File
    {
        get => _file;
        set => _file = value;
    }

    /// <summary>Its place in the polls' round.</summary>
    public LinkedListNode<FsName>? Turn { get; set; }

    /// <summary>Its place among the names with the same first segment.</summary>
    public LinkedListNode<FsName>? Place { get; set; }

    /// <summary>The last scan that looked at it.</summary>
    public int LookedIn { get; set; }

    /// <summary>The scan's word of what the name leads to.</summary>
    public void Set(NameState state) => _changed.Note(_state.Set(state));

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
