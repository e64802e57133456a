using System.Text;

namespace Mesh.Wire.Exchange;

/// <summary>
/// What a hop changes in a head that it forwards: fields dropped by index, lines added at the end, and of a request the front of its target and
/// its authority. The encoder applies them while it copies, so that the head itself stays as it came and can be encoded again for another attempt.
/// </summary>
/// <remarks>Hot path: one instance per exchange, reused; additions are kept as ready bytes <c>Name: value CRLF</c>.</remarks>
public sealed class HeadEdits
{
    private const int InitialBytes = 256;
    private readonly ulong[] _drops = new ulong[MaxFields / 64];
    private byte[] _added = new byte[InitialBytes];
    private int _addedLength;
    private bool _anyDrop;

    /// <summary>The most fields that can be dropped by index; no head has more (docs/LIMITS.md).</summary>
    public const int MaxFields = 320;

    /// <summary>The added lines, each ended by CRLF.</summary>
    public ReadOnlySpan<byte> Added => _added.AsSpan(0, _addedLength);

    public bool AnyDrop => _anyDrop;

    /// <summary>
    /// Bytes at the front of a request's target that are not forwarded, at most all of it; what is left is put in origin form, so that nothing
    /// becomes <c>/</c>. The caller has named them a whole number of segments. 0 for most.
    /// </summary>
    public int TargetSkip { get; set; }

    /// <summary>
    /// What is forwarded in place of <see cref="TargetSkip"/>: the target is this, then what is left of it as it came. Begins with a slash, ends
    /// with none before a rest that begins with one. Empty for most. The caller's, and never changed.
    /// </summary>
    public byte[] TargetPrefix { get; set; } = [];

    /// <summary>The authority that a request is forwarded with, in place of its own; empty: its own. The caller's, and never changed.</summary>
    public byte[] Authority { get; set; } = [];

    /// <summary>Target and authority are forwarded as they came.</summary>
    public bool KeepsTarget => TargetSkip == 0 && TargetPrefix.Length == 0 && Authority.Length == 0;

    public bool Drops(int field) => (_drops[field >> 6] & (1UL << (field & 63))) != 0;

    public void Drop(int field)
    {
        _drops[field >> 6] |= 1UL << (field & 63);
        _anyDrop = true;
    }

    /// <summary>Adds a field line. Neither part may hold CR, LF or NUL: callers give values that a parser or the proxy itself made.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> room = Reserve(name.Length + value.Length + 4);
        name.CopyTo(room);
        room[name.Length] = (byte)':';
        room[name.Length + 1] = (byte)' ';
        value.CopyTo(room[(name.Length + 2)..]);
        room[^2] = (byte)'\r';
        room[^1] = (byte)'\n';
    }

    /// <summary>Adds ready lines, each ended by CRLF.</summary>
    public void AddLines(ReadOnlySpan<byte> lines) => lines.CopyTo(Reserve(lines.Length));

    /// <summary>The cold form of <see cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> for Latin-1 text.</summary>
    public void Add(string name, string value) => Add(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));

    public void Reset()
    {
        if (_anyDrop) _drops.AsSpan().Clear();
        _anyDrop = false;
        _addedLength = 0;
        TargetSkip = 0;
        TargetPrefix = Authority = [];
    }

    private Span<byte> Reserve(int count)
    {
        if (_addedLength + count > _added.Length) Array.Resize(ref _added, Math.Max(_added.Length * 2, _addedLength + count));
        Span<byte> room = _added.AsSpan(_addedLength, count);
        _addedLength += count;
        return room;
    }
}
