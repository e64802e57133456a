namespace Mesh.Fuzz;

/// <summary>Makes a failing case smaller, as long as it fails in the same way: fewer parts, fewer bytes, plainer bytes, fewer knobs.</summary>
/// <remarks>Delta debugging (Zeller and Hildebrandt 2002): halves first, then quarters, down to single ones.</remarks>
internal static class Shrinker
{
    /// <summary>Cases that are tried at most.</summary>
    private const int MostTries = 20_000;

    public static (FuzzCase Case, string Fault) Shrink(FuzzTarget target, FuzzCase failing, string fault)
    {
        Search search = new(target, failing, fault);
        int before;
        do
        {
            before = search.Best.Size;
            search.DropParts();
            search.DropBytes();
            search.PlainBytes();
            search.DropKnobs();
        }
        while (search.Best.Size < before && search.HasTries);
        return (search.Best, search.Fault);
    }

    /// <summary>What kind of failure it is: the words before the first colon, or the place where it crashed.</summary>
    private static string KindOf(string fault)
    {
        if (!fault.StartsWith("crash: ", StringComparison.Ordinal)) return fault.Split(':')[0];
        return string.Join('|', fault.Split('\n').Take(2).Select(static line => line.Split(" in ")[0]));
    }

    private sealed class Search(FuzzTarget target, FuzzCase failing, string fault)
    {
        private readonly string _kind = KindOf(fault);
        private int _tries;

        public FuzzCase Best { get; private set; } = failing;

        public string Fault { get; private set; } = fault;

        public bool HasTries => _tries < MostTries;

        public void DropParts()
        {
            for (int count = Math.Max(1, Best.Parts.Length / 2); count >= 1; count /= 2)
            {
                for (int at = 0; at < Best.Parts.Length && HasTries;)
                {
                    if (!Takes(Best with { Parts = [.. Best.Parts[..at], .. Best.Parts.Skip(at + count)] })) at += count;
                }
            }
        }

        public void DropBytes()
        {
            for (int part = 0; part < Best.Parts.Length; part++)
            {
                for (int count = Math.Max(1, Best.Parts[part].Length / 2); count >= 1; count /= 2)
                {
                    for (int at = 0; at < Best.Parts[part].Length && HasTries;)
                    {
                        byte[] old = Best.Parts[part];
                        byte[] shorter = [.. old[..at], .. old.Skip(at + count)];
                        bool taken = (target.Mend(shorter) is { } mended && Takes(With(part, mended))) || Takes(With(part, shorter));
                        if (!taken) at += count;
                    }
                }
            }
        }

        public void PlainBytes()
        {
            for (int part = 0; part < Best.Parts.Length; part++)
            {
                for (int at = 0; at < Best.Parts[part].Length && HasTries; at++)
                {
                    byte old = Best.Parts[part][at];
                    if (old is 0 or (byte)'a' or (byte)'\r' or (byte)'\n' or (byte)' ' or (byte)':') continue;
                    if (!Takes(With(part, [.. Best.Parts[part][..at], 0, .. Best.Parts[part][(at + 1)..]])))
                        Takes(With(part, [.. Best.Parts[part][..at], (byte)'a', .. Best.Parts[part][(at + 1)..]]));
                }
            }
        }

        public void DropKnobs()
        {
            for (int knob = 0; knob < Best.Knobs.Length && HasTries; knob++)
            {
                if (Best.Knobs[knob] == 0) continue;
                byte[] knobs = [.. Best.Knobs];
                knobs[knob] = 0;
                Takes(Best with { Knobs = knobs });
            }
        }

        private FuzzCase With(int part, byte[] bytes)
        {
            byte[][] parts = [.. Best.Parts];
            parts[part] = bytes;
            return Best with { Parts = parts };
        }

        private bool Takes(FuzzCase smaller)
        {
            _tries++;
            if (FuzzRunner.Try(target, smaller) is not { } fault || KindOf(fault) != _kind) return false;
            (Best, Fault) = (smaller, fault);
            return true;
        }
    }
}
