using System.Collections.Immutable;
using System.Text;
using Mesh.Discovery.Dns;
using Mesh.Discovery.Names;

namespace Mesh.Discovery.Namers.Fs;

/// <summary>
/// The names that are asked for, the files that they lead to, and which of them to look at when something happened. A name is found by its first
/// segment, which is the entry of the root directory that it depends on; one that leads over a link may depend on any other too.
/// </summary>
/// <remarks>One caller at a time: the scan. All file I/O happens here. Names and files come and go at the same cost however many there are.</remarks>
internal sealed class FsCatalog(FsNamerOptions options, FsTree tree, HostTable hosts, TimeProvider time) : IDisposable
{
    private static readonly StringComparer _fileNames = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly Dictionary<string, FsEntry> _entries = new(_fileNames);
    private readonly Dictionary<Names.Path, FsFile> _files = [];
    private readonly LinkedList<FsName> _turn = [];
    private readonly LinkedList<FsFile> _unused = [];
    private readonly HashSet<FsName> _linked = [];
    private readonly Dictionary<FsFile, string> _problems = [];
    private readonly List<FsFile> _abandoned = [];
    private readonly List<LinkedListNode<FsName>> _soon = [];
    private readonly Dictionary<string, FsPlace> _seen = [];
    private ImmutableArray<string> _sortedProblems = [];
    private int _scan;
    private long _looks;

    /// <summary>What is wrong with files, sorted.</summary>
    public ImmutableArray<string> Problems =>
        _sortedProblems.IsDefault ? _sortedProblems = [.. _problems.Values.Order(StringComparer.Ordinal)] : _sortedProblems;

    /// <summary>Looks at names so far. Any thread.</summary>
    public long Looks => Volatile.Read(ref _looks);

    /// <summary>What was seen of the disk up to now may have changed.</summary>
    public void BeginScan()
    {
        _scan++;
        _seen.Clear();
    }

    /// <summary>Settles what the looks of this scan have left: files that names led to before, and names that come first in the next poll.</summary>
    public void EndScan()
    {
        foreach (FsFile file in _abandoned) Judge(file);
        _abandoned.Clear();
        foreach (LinkedListNode<FsName> name in _soon)
        {
            if (name.List is null) continue;
            _turn.Remove(name);
            _turn.AddFirst(name);
        }
        _soon.Clear();
    }

    /// <summary>A new name, looked at at once.</summary>
    public void Add(FsName name)
    {
        if (name.IsReleased) return;
        name.Turn = _turn.AddLast(name);
        if (name.Residual.Count > 0) name.Place = EntryOf(name.Residual[0]).Names.AddLast(name);
        Look(name);
    }

    /// <summary>Nobody asks any more. Its file is judged with the polls, so that who comes back soon meets the same one. Twice is harmless.</summary>
    public void Remove(FsName name)
    {
        if (name.Turn is not { } turn) return;
        _turn.Remove(turn);
        name.Turn = null;
        _linked.Remove(name);
        if (name.Place is { } place)
        {
            place.List!.Remove(place);
            DropIfEmpty(name.Residual[0]);
        }
        name.Place = null;
        Lead(name, null);
    }

    public void LookAtAll()
    {
        foreach (FsName name in _turn) Look(name);
        foreach (FsFile file in _unused.ToArray()) Judge(file);
    }

    /// <summary>What depends on these entries of the root directory, and what leads over links: a link's target may have another name.</summary>
    public void LookAt(IEnumerable<string> entries)
    {
        foreach (string entry in entries)
        {
            if (!_entries.TryGetValue(Names.Path.SegmentOf(Encoding.UTF8.GetBytes(entry)), out FsEntry? known)) continue;
            foreach (FsName name in known.Names) Look(name);
            foreach (FsFile file in known.Unused.ToArray()) Judge(file);
        }
        foreach (FsName name in _linked.ToArray()) Look(name);
    }

    /// <summary>Those whose turn it is, so many of all.</summary>
    public void LookAtNext(int count)
    {
        int files = Math.Min(_unused.Count, Math.Max(count / 2, count - _turn.Count));
        int names = Math.Min(_turn.Count, count - files);
        for (int i = 0; i < files && _unused.First is { } first; i++)
        {
            _unused.RemoveFirst();
            _unused.AddLast(first);
            Judge(first.Value);
        }
        for (int i = 0; i < names; i++)
        {
            LinkedListNode<FsName> first = _turn.First!;
            _turn.RemoveFirst();
            _turn.AddLast(first);
            Look(first.Value);
        }
    }

    public void Dispose()
    {
        foreach (FsFile file in _files.Values) file.Dispose();
        _files.Clear();
    }

    private void Look(FsName name)
    {
        if (name.LookedIn == _scan) return;
        name.LookedIn = _scan;
        Volatile.Write(ref _looks, _looks + 1);
        (int Consumed, string FullPath)? found = tree.Find(name.Residual, _seen, out bool overLink);
        if (overLink) _linked.Add(name);
        else _linked.Remove(name);
        FsFile? before = name.File;
        FsFile? file = found is { } place ? FileAt(name.Residual.Take(place.Consumed), place.FullPath) : null;
        if (file is not null) Refresh(file);
        Lead(name, file);
        if (before is { Users: 0 }) _abandoned.Add(before);
        if (file is null)
        {
            name.Set(NameState.Resolved.Neg);
            return;
        }
        if (file.AwaitsConfirmation) _soon.Add(name.Turn!);
        name.Set(file.FirstReadFailure is { } failure
            ? new NameState.Failed(failure)
            : NameState.Resolved.To(file.Bound, name.Residual.Drop(file.Name.Count)));
    }

    private FsFile FileAt(Names.Path fileName, string fullPath)
    {
        if (_files.TryGetValue(fileName, out FsFile? file)) return file;
        file = new FsFile(fileName, options, fullPath, hosts, time);
        _files.Add(fileName, file);
        return file;
    }

    private void Refresh(FsFile file)
    {
        if (file.LookedIn == _scan) return;
        file.LookedIn = _scan;
        file.Refresh();
        NoteProblem(file);
    }

    /// <summary>Counts who leads where; a file that no name leads to any more is gone or not wanted.</summary>
    private void Lead(FsName name, FsFile? file)
    {
        FsFile? before = name.File;
        if (before == file) return;
        name.File = file;
        if (file is not null && file.Users++ == 0 && file.Unused is { } place)
        {
            _unused.Remove(place);
            file.Unused = null;
            _entries[file.Name[0]].Unused.Remove(file);
            DropIfEmpty(file.Name[0]);
        }
        if (before is null || --before.Users > 0) return;
        before.Unused = _unused.AddLast(before);
        EntryOf(before.Name[0]).Unused.Add(before);
    }

    /// <summary>While a destination still listens to the addresses of a file that no name leads to, the next watch meets the same one.</summary>
    private void Judge(FsFile file)
    {
        if (file.Unused is not { } place) return;
        if (file.IsListenedTo)
        {
            if (tree.Find(file.Name, _seen, out _) is not null) Refresh(file);
            else file.Vanish();
            NoteProblem(file);
            return;
        }
        _unused.Remove(place);
        file.Unused = null;
        _entries[file.Name[0]].Unused.Remove(file);
        DropIfEmpty(file.Name[0]);
        _files.Remove(file.Name);
        if (_problems.Remove(file)) _sortedProblems = default;
        file.Dispose();
    }

    private void NoteProblem(FsFile file)
    {
        string? problem = file.Problem;
        if (_problems.GetValueOrDefault(file) == problem) return;
        _sortedProblems = default;
        if (problem is null) _problems.Remove(file);
        else _problems[file] = problem;
    }

    private FsEntry EntryOf(string segment)
    {
        if (!_entries.TryGetValue(segment, out FsEntry? entry)) _entries.Add(segment, entry = new FsEntry());
        return entry;
    }

    private void DropIfEmpty(string segment)
    {
        if (_entries.TryGetValue(segment, out FsEntry? entry) && entry.Names.Count == 0 && entry.Unused.Count == 0) _entries.Remove(segment);
    }

    /// <summary>What depends on one entry of the root directory: names, and files that no name leads to.</summary>
    private sealed class FsEntry
    {
        public LinkedList<FsName> Names { get; } = [];

        public HashSet<FsFile> Unused { get; } = [];
    }
}
