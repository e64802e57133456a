namespace Mesh.Fuzz;

/// <summary>Something of the wire that is given cases, and what must hold for each of them.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Knobs of a case: eight of chance, eight of options.</summary>
    public const int KnobCount = 16;

    /// <summary>As the command line says it; the word before a dash names its family.</summary>
    public abstract string Name { get; }

    /// <summary>A case by the target's grammar, mutated more or less.</summary>
    public abstract FuzzCase Make(Dice dice);

    /// <summary>A part that became shorter, with the length that it tells of itself put right; null: it tells none.</summary>
    public virtual byte[]? Mend(byte[] part) => null;

    /// <summary>Ends without a word, or with a <see cref="FuzzFaultException"/>; any other exception is a crash.</summary>
    public abstract void Check(FuzzCase made);
}

/// <summary>Something did not hold.</summary>
internal sealed class FuzzFaultException(string fault) : Exception(fault)
{
    /// <summary>Ends the case unless it holds.</summary>
    public static void Require(bool holds, string fault)
    {
        if (!holds) throw new FuzzFaultException(fault);
    }
}
