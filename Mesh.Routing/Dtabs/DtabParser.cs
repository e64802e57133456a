using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>Reads prefixes, name trees, dentries and dtabs. The grammar is Linkerd's, see Mesh.Routing/README.md.</summary>
/// <remarks>Pure. Recursion and size are bounded, because a dtab may come in a request's header.</remarks>
public static class DtabParser
{
    /// <summary>Longest text read, characters.</summary>
    public const int MaxChars = 1 << 20;

    /// <summary>Parentheses within parentheses.</summary>
    public const int MaxNesting = 100;

    /// <summary>Digits of a weight, of which the first 15 that are not leading zeros count.</summary>
    public const int MaxWeightDigits = 28;

    public static bool TryParsePrefix(string text, [NotNullWhen(true)] out Prefix? prefix, [NotNullWhen(false)] out SyntaxError? error) =>
        TryParseWhole(text, ReadPrefix, out prefix, out error);

    public static bool TryParseTree(string text, [NotNullWhen(true)] out NameTree<Path>? tree, [NotNullWhen(false)] out SyntaxError? error) =>
        TryParseWhole(text, static (NameReader reader, out NameTree<Path> tree) => ReadTree(reader, 0, out tree), out tree, out error);

    public static bool TryParseDentry(string text, [NotNullWhen(true)] out Dentry? dentry, [NotNullWhen(false)] out SyntaxError? error) =>
        TryParseWhole(text, ReadDentry, out dentry, out error);

    public static bool TryParseDtab(string text, [NotNullWhen(true)] out Dtab? dtab, [NotNullWhen(false)] out SyntaxError? error) =>
        TryParseWhole(text, ReadDtab, out dtab, out error);

    private static bool TryParseWhole<T>(string text, Rule<T> rule, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out SyntaxError? error)
        where T : class
    {
        value = null;
        var reader = new NameReader(text);
        bool ok;
        if (text.Length > MaxChars)
        {
            ok = reader.Fail($"at most {MaxChars} characters");
        }
        else
        {
            ok = rule(reader, out value);
            reader.SkipSpace();
            ok = ok && reader.EndOfInput();
        }
        error = reader.Error;
        if (!ok) value = null;
        return ok;
    }

    /// <summary>Empty text is fine, and so is one semicolon at the end; a semicolon without a dentry before it is not.</summary>
    private static bool ReadDtab(NameReader reader, out Dtab dtab)
    {
        var dentries = ImmutableArray.CreateBuilder<Dentry>();
        dtab = Dtab.Empty;
        reader.SkipSpace();
        while (!reader.AtEnd)
        {
            if (!ReadDentry(reader, out Dentry dentry)) return false;
            dentries.Add(dentry);
            reader.SkipSpace();
            if (!reader.AtEnd && !reader.TryEat(';')) return reader.Fail("';' or end of input");
            reader.SkipSpace();
        }
        dtab = new Dtab(dentries.ToImmutable());
        return true;
    }

    private static bool ReadDentry(NameReader reader, out Dentry dentry)
    {
        dentry = null!;
        if (!ReadPrefix(reader, out Prefix prefix)) return false;
        reader.SkipSpace();
        if (reader.Peek != '=') return reader.Fail("'=>'");
        if (!reader.Eat('=') || !reader.Eat('>') || !ReadTree(reader, 0, out NameTree<Path> tree)) return false;
        dentry = new Dentry(prefix, tree);
        return true;
    }

    private static bool ReadPrefix(NameReader reader, out Prefix prefix)
    {
        var elements = new List<string?>();
        prefix = Prefix.Of();
        reader.SkipSpace();
        if (!reader.Eat('/')) return false;
        if (!reader.AtLabel && reader.Peek != '*') return true;
        do
        {
            if (reader.TryEat('*')) elements.Add(null);
            else if (reader.ReadLabel(out string label)) elements.Add(label);
            else return false;
        }
        while (reader.TryEat('/'));
        prefix = Prefix.Of([.. elements]);
        return true;
    }

    private static bool ReadTree(NameReader reader, int nesting, out NameTree<Path> tree)
    {
        var trees = new List<NameTree<Path>>();
        tree = new NameTree<Path>.Neg();
        do
        {
            if (!ReadUnion(reader, nesting, out NameTree<Path> next)) return false;
            trees.Add(next);
            reader.SkipSpace();
        }
        while (reader.TryEat('|'));
        tree = NameTree.AltOf([.. trees]);
        return true;
    }

    /// <summary>A branch that stays alone loses its weight.</summary>
    private static bool ReadUnion(NameReader reader, int nesting, out NameTree<Path> tree)
    {
        var branches = ImmutableArray.CreateBuilder<NameTree<Path>.Weighted>();
        tree = new NameTree<Path>.Neg();
        do
        {
            if (!ReadWeighted(reader, nesting, out NameTree<Path>.Weighted branch)) return false;
            branches.Add(branch);
            reader.SkipSpace();
        }
        while (reader.TryEat('&'));
        tree = branches.Count == 1 ? branches[0].Tree : new NameTree<Path>.Union(branches.ToImmutable());
        return true;
    }

    private static bool ReadWeighted(NameReader reader, int nesting, out NameTree<Path>.Weighted branch)
    {
        branch = null!;
        double weight = NameTree.DefaultWeight;
        reader.SkipSpace();
        if (IsWeightChar(reader.Peek))
        {
            if (!ReadWeight(reader, out weight)) return false;
            reader.SkipSpace();
            if (!reader.Eat('*')) return false;
        }
        if (!ReadSimple(reader, nesting, out NameTree<Path> tree)) return false;
        branch = new NameTree<Path>.Weighted(weight, tree);
        return true;
    }

    private static bool ReadWeight(NameReader reader, out double weight)
    {
        int start = reader.Offset;
        int digits = 0;
        bool hasPoint = false;
        weight = 0;
        while (IsWeightChar(reader.Peek))
        {
            if (reader.Peek == '.' && hasPoint) return reader.Fail("digit or '*'");
            if (reader.Peek == '.') hasPoint = true;
            else if (++digits > MaxWeightDigits) return reader.Fail($"a weight of at most {MaxWeightDigits} digits");
            reader.Advance();
        }
        if (digits == 0) return reader.Fail("digit");
        double read = double.Parse(reader.Text.AsSpan(start, reader.Offset - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        // Through decimal, which keeps 15 digits of a double, as printing does: what is printed reads back equal.
        weight = (double)(decimal)read;
        return true;
    }

    private static bool ReadSimple(NameReader reader, int nesting, out NameTree<Path> tree)
    {
        tree = new NameTree<Path>.Neg();
        reader.SkipSpace();
        switch (reader.Peek)
        {
            case '(':
                if (nesting == MaxNesting) return reader.Fail($"at most {MaxNesting} nested parentheses");
                reader.Advance();
                if (!ReadTree(reader, nesting + 1, out tree)) return false;
                reader.SkipSpace();
                return reader.Eat(')');
            case '/':
                bool ok = reader.ReadPath(out Path path);
                tree = NameTree.Leaf(path);
                return ok;
            case '!':
                tree = new NameTree<Path>.Fail();
                break;
            case '~':
                break;
            case '$':
                tree = new NameTree<Path>.Empty();
                break;
            default:
                return reader.Fail("simple name tree ('/', '(', '!', '~' or '$')");
        }
        reader.Advance();
        return true;
    }

    private static bool IsWeightChar(char c) => char.IsAsciiDigit(c) || c == '.';

    private delegate bool Rule<T>(NameReader reader, out T value);
}
