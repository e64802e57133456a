using Mesh.Wire;

namespace Mesh.Fuzz;

/// <summary>Seeded chance: the same seed throws the same, on every machine.</summary>
internal sealed class Dice(ulong seed)
{
    private SplitMix64 _random = new(seed);

    /// <summary>A seed for somebody else's dice.</summary>
    public ulong Seed() => _random.Next();

    /// <summary>A number in [0, <paramref name="bound"/>).</summary>
    public int Next(int bound) => _random.Next(bound);

    /// <summary>True so many times of a hundred.</summary>
    public bool Chance(int percent) => _random.Next(100) < percent;

    public T Pick<T>(ReadOnlySpan<T> among) => among[_random.Next(among.Length)];

    /// <summary>Small mostly, large now and then: up to <paramref name="most"/>.</summary>
    public int Size(int most) => _random.Next(4) switch
    {
        0 => _random.Next(Math.Min(most, 4) + 1),
        1 or 2 => _random.Next(Math.Min(most, 64) + 1),
        _ => _random.Next(most + 1),
    };

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) bytes[i] = (byte)_random.Next(256);
        return bytes;
    }
}
