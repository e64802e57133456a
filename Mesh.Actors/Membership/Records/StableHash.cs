namespace Mesh.Actors.Membership.Records;

/// <summary>A 64-bit hash that is the same in every process: FNV-1a over words, finished as splitmix64 does. Not for secrets.</summary>
internal struct StableHash()
{
    private const ulong Prime = 0x100000001B3;
    private ulong _state = 0xCBF29CE484222325;

    public readonly ulong Value => Mix(_state);

    /// <summary>A text alone.</summary>
    public static ulong Of(string text)
    {
        var hash = new StableHash();
        hash.Add(text);
        return hash.Value;
    }

    /// <summary>Spreads a number's bits over all 64.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public void Add(ulong value)
    {
        _state = (_state ^ value) * Prime;
        _state ^= _state >> 32;
    }

    public void Add(string text)
    {
        Add((ulong)text.Length);
        foreach (char letter in text) _state = (_state ^ letter) * Prime;
    }
}
