using Mesh.Discovery.Namers.Fs;
using Mesh.Discovery.Names;
using Path = System.IO.Path;

namespace Mesh.Node.Hosting;

/// <summary>
/// A file whose content is followed: by the system's notification, and by a look every second where that does not reach (links that are swapped
/// elsewhere, network mounts). Editors and ConfigMaps replace files in more than one step, therefore a new content is believed when two looks, a
/// moment apart, have seen the same.
/// </summary>
/// <remarks>All reading happens on the thread pool, one look at a time. What is no regular file (a pipe, a terminal) is never opened.</remarks>
internal sealed class WatchedFile : IDisposable
{
    internal static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Between the two looks.</summary>
    internal static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly int _maxBytes;
    private readonly TimeProvider _time;
    private readonly Action<byte[]?> _changed;
    private readonly SerializedAction _look;
    private readonly FsNotification? _notification;
    private readonly ITimer _poll;
    private readonly ITimer _settle;
    private byte[]? _believed;
    private byte[]? _candidate;
    private bool _hasCandidate;
    private long _candidateSince;
    private volatile bool _isClosed;

    /// <param name="path">Of the file; it need not exist.</param>
    /// <param name="maxBytes">What lies beyond, but for one byte, is neither read nor compared.</param>
    /// <param name="known">The content that the owner has already; null when there was no file.</param>
    /// <param name="time">The clock of the looks.</param>
    /// <param name="changed">Told of each new content, null where there is none any more; on the pool, one call at a time, must not throw.</param>
    /// <param name="isNotified">Whether the system's notification is asked for too.</param>
    public WatchedFile(string path, int maxBytes, byte[]? known, TimeProvider time, Action<byte[]?> changed, bool isNotified = true)
    {
        _path = Path.GetFullPath(path);
        _maxBytes = maxBytes;
        _believed = known;
        _time = time;
        _changed = changed;
        _look = new SerializedAction(Look);
        _notification = isNotified ? new FsNotification(Path.GetDirectoryName(_path) ?? _path, time, _look.Request) : null;
        _settle = time.CreateTimer(Requesting, _look, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _poll = time.CreateTimer(Requesting, _look, TimeSpan.Zero, PollInterval);
    }

    /// <summary>The content, cut off one byte behind <paramref name="maxBytes"/>; null when there is none that could be read.</summary>
    public static byte[]? Read(string path, int maxBytes)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.LinkTarget is not null && info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) info = target;
            if (!info.Exists) return null;
            // What says that it is empty is not opened: opening a pipe would wait for its writer.
            if (info.Length == 0) return [];
            using FileStream stream = new(info.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] buffer = new byte[Math.Min(stream.Length, maxBytes) + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return buffer[..length];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _isClosed = true;
        _poll.Dispose();
        _settle.Dispose();
        _notification?.Dispose();
    }

    private static void Requesting(object? look) => ((SerializedAction)look!).Request();

    private void Look()
    {
        if (_isClosed) return;
        _notification?.EnsureAttached();
        byte[]? seen = Read(_path, _maxBytes);
        if (Same(seen, _believed)) _hasCandidate = false;
        else if (!_hasCandidate || !Same(seen, _candidate)) Consider(seen);
        else if (_time.GetElapsedTime(_candidateSince) is var age && age >= Settle) Believe(seen);
        else AwaitRest(Settle - age);
    }

    /// <summary>
    /// A timer of the system may come a fraction of a millisecond before its time. Were it not set again then, the content would wait for the
    /// next poll. Rounded up, because a timer drops fractions.
    /// </summary>
    private void AwaitRest(TimeSpan rest) =>
        _settle.Change(TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds)), Timeout.InfiniteTimeSpan);

    private void Consider(byte[]? seen)
    {
        _hasCandidate = true;
        _candidate = seen;
        _candidateSince = _time.GetTimestamp();
        _settle.Change(Settle, Timeout.InfiniteTimeSpan);
    }

    private void Believe(byte[]? seen)
    {
        _hasCandidate = false;
        _candidate = null;
        _believed = seen;
        _changed(seen);
    }

    private static bool Same(byte[]? one, byte[]? other) =>
        one is null || other is null ? one is null && other is null : one.AsSpan().SequenceEqual(other);
}
