using System.Collections.Immutable;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// One address file that somebody asked for. All methods but <see cref="UpdateAddresses"/> run on the namer's scan, one at a time.
/// </summary>
/// <remarks>
/// A writer that truncates and then writes shows an empty file for an instant. Therefore a file that had addresses is believed to be empty
/// only when it stays so for a poll interval; a file that is malformed for an instant keeps its last good set anyway.
/// </remarks>
internal sealed class FsFile : IDisposable
{
    /// <summary>
    /// A file that was changed more recently than this when it was read is read again at the next look: two writes may share one time stamp (as in
    /// git's index).
    /// </summary>
    private static readonly TimeSpan _racyAge = TimeSpan.FromSeconds(2);

    private readonly string _fullPath;
    private readonly HostTable _hosts;
    private readonly TimeProvider _time;
    private readonly TimeSpan _confirmEmptyAfter;
    private readonly LiveValue<AddressState> _addresses = new(AddressState.Pending.Instance);
    private readonly ChangeStamp _changed;
    private (DateTime Written, long Length) _stamp;
    private bool _isRacy;
    private byte[]? _content;
    private volatile AddressSet? _set;
    private volatile bool _isGone;
    private IDisposable? _subscription;
    private long? _emptySince;
    private string? _contentProblem;

    public FsFile(Names.Path name, FsNamerOptions options, string fullPath, HostTable hosts, TimeProvider time)
    {
        Name = name;
        Bound = new BoundName(options.Prefix + name, _addresses);
        _fullPath = fullPath;
        _hosts = hosts;
        _time = time;
        _changed = new ChangeStamp(time);
        _confirmEmptyAfter = options.PollInterval;
    }

    /// <summary>In the namer's directory.</summary>
    public Names.Path Name { get; }

    public BoundName Bound { get; }

    /// <summary>Names that lead here. Written by the scan, as are the next two.</summary>
    public int Users { get; set; }

    /// <summary>Its place among the files that no name leads to; null while one does.</summary>
    public LinkedListNode<FsFile>? Unused { get; set; }

    /// <summary>The last scan that looked at it.</summary>
    public int LookedIn { get; set; }

    /// <summary>It seems to be empty, and is to be looked at again soon.</summary>
    public bool AwaitsConfirmation => _emptySince is not null;

    public bool IsListenedTo => _addresses.HasSubscribers;

    /// <summary>Why there has never been a good set; null once there was one.</summary>
    public string? FirstReadFailure => _set is null ? _contentProblem : null;

    public string? Problem => _contentProblem ?? (_set?.Problem() is { } problem ? $"{_fullPath}:{problem}" : null);

    /// <summary>When the addresses last changed. Any thread.</summary>
    public DateTimeOffset ChangedAt => _changed.At;

    /// <summary>Looks at the file, and reads it if it may have changed.</summary>
    public void Refresh()
    {
        try
        {
            (DateTime Written, long Length) stamp = Stamp();
            if (_content is not null && stamp == _stamp && !_isRacy && _emptySince is null) return;
            _isRacy = stamp.Written > _time.GetUtcNow().UtcDateTime - _racyAge;
            // What says that it is empty is not opened: opening a pipe would wait for its writer, and hold up all names.
            byte[]? content = stamp.Length == 0 ? [] : Read();
            if (content is not null && Accept(content)) _stamp = stamp;
        }
        catch (FileNotFoundException)
        {
            // Deleted between the walk and the read: the next scan will say so.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            _contentProblem = $"{_fullPath}: cannot be read: {e.Message}";
            _content = null;
        }
    }

    /// <summary>The file is gone: destinations that still hold its name learn it, and a file that comes back is read anew.</summary>
    public void Vanish()
    {
        _isGone = true;
        Replace(null);
        _content = null;
        _contentProblem = null;
        _emptySince = null;
        UpdateAddresses();
    }

    public void Dispose() => Replace(null);

    /// <summary>Of a link those of what it leads to, which may change while the link does not (a mounted ConfigMap).</summary>
    private (DateTime Written, long Length) Stamp()
    {
        var info = new FileInfo(_fullPath);
        if (!info.Attributes.HasFlag(FileAttributes.ReparsePoint)) return (info.LastWriteTimeUtc, info.Length);
        var target = new FileInfo(RealPath.Of(_fullPath));
        return (target.LastWriteTimeUtc, target.Length);
    }

    /// <summary>Null when the file is too large, which is noted, or is just being written.</summary>
    private byte[]? Read()
    {
        using FileStream stream = new(_fullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length <= AddressFile.MaxBytes)
        {
            // One byte more than the file has: what fills it is growing under our eyes, and the next scan will see it whole.
            byte[] buffer = new byte[stream.Length + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length < buffer.Length ? buffer[..length] : null;
        }
        _content = null;
        _contentProblem = $"{_fullPath}:1: the file is larger than {AddressFile.MaxBytes} bytes";
        return null;
    }

    /// <summary>False when the content is to be looked at again.</summary>
    private bool Accept(byte[] content)
    {
        if (_content is not null && content.AsSpan().SequenceEqual(_content))
        {
            _emptySince = null;
            return true;
        }
        if (!AddressFile.TryParse(content, out ImmutableArray<AddressLine> lines, out string problem))
        {
            _contentProblem = $"{_fullPath}:{problem}";
            _emptySince = null;
            _content = content;
            return true;
        }
        if (lines.IsEmpty && _set is { IsEmpty: false } && !IsConfirmedEmpty()) return false;
        _emptySince = null;
        _contentProblem = null;
        _content = content;
        _isGone = false;
        Replace(new AddressSet(lines, _hosts));
        return true;
    }

    private bool IsConfirmedEmpty()
    {
        _emptySince ??= _time.GetTimestamp();
        return _time.GetElapsedTime(_emptySince.Value) >= _confirmEmptyAfter;
    }

    private void Replace(AddressSet? set)
    {
        _subscription?.Dispose();
        AddressSet? old = _set;
        _set = set;
        _subscription = set?.OnChange(UpdateAddresses);
        if (set is not null) UpdateAddresses();
        old?.Dispose();
    }

    /// <summary>Any thread (a DNS answer). Whoever sets looks again whether what it set is still true; see InetName.Update.</summary>
    private void UpdateAddresses()
    {
        AddressState seen;
        do
        {
            seen = Present();
            _changed.Note(_addresses.Set(seen));
        }
        while (!Present().Equals(seen));
    }

    private AddressState Present() => _set is { } set ? set.Read() : _isGone ? AddressState.Neg.Instance : AddressState.Pending.Instance;
}
