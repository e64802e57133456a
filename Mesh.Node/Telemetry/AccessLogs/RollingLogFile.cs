using Mesh.Node.Config;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>A log file that is rolled by time or size, and that others may move, delete or cut short: then it is opened anew.</summary>
/// <remarks>Rolled when lines are written, hence an idle log leaves no empty files. Not thread-safe: the writer of the log owns it.</remarks>
internal sealed class RollingLogFile : ILogTarget
{
    private const string Devices = "/dev/";

    private readonly string _path;
    private readonly RollPolicy _policy;
    private readonly int _keep;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly RolledFiles _rolled;
    private SafeFileHandle? _file;
    private DateTimeOffset _opened;
    private DateTimeOffset? _nextRoll;
    private bool _cannotRoll;

    /// <exception cref="IOException">It cannot be opened; the message names it.</exception>
    public RollingLogFile(AccessLogConfig config, TimeProvider time, Action<string> report)
    {
        _path = Path.GetFullPath(config.Path);
        _policy = _path.StartsWith(Devices, StringComparison.Ordinal) ? RollPolicy.Never : config.RollPolicy;
        _keep = config.RotateCount;
        _time = time;
        _report = report;
        _rolled = new RolledFiles(_path);
        Open(config.Append ? FileMode.OpenOrCreate : FileMode.Create);
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        if (_file is null) Open(FileMode.OpenOrCreate);
        if (_time.GetUtcNow() >= _nextRoll) TryRoll();
        while (!lines.IsEmpty)
        {
            int part = Part(lines, RandomAccess.GetLength(_file!));
            if (part == 0 && TryRoll()) continue;
            if (part == 0) part = lines.Length;
            Append(lines[..part]);
            lines = lines[part..];
        }
    }

    /// <summary>Opens it anew when its path leads elsewhere: logrotate has moved it, or somebody has deleted it.</summary>
    public void Maintain()
    {
        if (_file is not null && !IsElsewhere()) return;
        Close();
        Open(FileMode.OpenOrCreate);
    }

    public void Dispose() => Close();

    /// <summary>How much goes into this file, whole lines; 0: it is full.</summary>
    private int Part(ReadOnlySpan<byte> lines, long length)
    {
        if (_policy.Kind != RollPolicyKind.Size || length + lines.Length <= _policy.Bytes) return lines.Length;
        if (length == 0) return Math.Max(FirstLine(lines), WholeLines(lines, _policy.Bytes));
        return WholeLines(lines, _policy.Bytes - length);
    }

    private static int FirstLine(ReadOnlySpan<byte> lines) => lines.IndexOf((byte)'\n') + 1;

    private static int WholeLines(ReadOnlySpan<byte> lines, long room) =>
        lines[..(int)Math.Clamp(room, 0, lines.Length)].LastIndexOf((byte)'\n') + 1;

    private void Append(ReadOnlySpan<byte> lines)
    {
        long length = RandomAccess.GetLength(_file!);
        try
        {
            RandomAccess.Write(_file!, lines, length);
        }
        catch (IOException)
        {
            TakeBack(length, lines.Length);
            throw;
        }
    }

    /// <summary>A full disk has taken a part: half a line would join the next that fits. Not if others have written meanwhile.</summary>
    private void TakeBack(long length, int attempted)
    {
        try
        {
            long now = RandomAccess.GetLength(_file!);
            if (now > length && now < length + attempted) RandomAccess.SetLength(_file!, length);
        }
        catch (IOException)
        {
            // The caller already has the reason.
        }
    }

    private bool IsElsewhere()
    {
        FileInfo there = new(_path);
        if (there.LinkTarget is not null) there = there.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? there;

        // .NET tells no inode. A file that is not ours has another length as soon as ours has a line.
        return !there.Exists || there.Length != RandomAccess.GetLength(_file!);
    }

    /// <summary>False when it cannot be renamed: the log goes on in the same file, and asks again with the next lines.</summary>
    private bool TryRoll()
    {
        string date = RollSchedule.Suffix(_policy.Kind, _opened, _time.LocalTimeZone);
        if (!TryRename(date, out string reason))
        {
            if (!_cannotRoll) _report($"access log {_path} cannot be rolled and goes on growing: {reason}");
            _cannotRoll = true;
            return false;
        }

        _cannotRoll = false;
        Close();
        Open(FileMode.OpenOrCreate);
        if (_keep >= 0) RemoveOld();
        return true;
    }

    private bool TryRename(string date, out string reason)
    {
        reason = $"{RolledFiles.MaxOfOneDate} files of {date} are there already";
        try
        {
            if (_rolled.FreeName(date) is not { } name) return false;
            if (File.Exists(_path)) File.Move(_path, name);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            reason = error.Message;
            return false;
        }
    }

    private void RemoveOld()
    {
        try
        {
            _rolled.KeepNewest(_keep);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _report($"access log {_path}: old files cannot be removed: {error.Message}");
        }
    }

    private void Open(FileMode mode)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path) ?? "/");
            _file = File.OpenHandle(_path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new IOException($"access log {_path} cannot be opened: {error.Message}", error);
        }

        AppendMode.Set(_file);
        _opened = _time.GetUtcNow();
        _nextRoll = RollSchedule.Next(_policy, _opened, _time.LocalTimeZone);
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
