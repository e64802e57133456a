using System.Text.RegularExpressions;
using Xunit;

namespace Mesh.Tests.Tidy;

/// <summary>The habits of the house that a compiler does not check, over every C# file.</summary>
public sealed partial class CodeTests
{
    private const int ProductFileLines = 300;
    private const int TestFileLines = 400;
    private const int FunctionLines = 60;
    private const int LineCharacters = 150;

    [Fact]
    public void Files_AreShortEnoughToReadInOneSitting()
    {
        IEnumerable<string> product = Ratchet.Judge("file", ProductFileLines, RepositoryFiles.CSharp.Where(file => !file.IsTest).Select(Length));
        IEnumerable<string> tests = Ratchet.Judge("test-file", TestFileLines, RepositoryFiles.CSharp.Where(file => file.IsTest).Select(Length));

        Complaints.None([.. product, .. tests]);

        static (string, int) Length(RepositoryFile file) => (file.Path, file.Lines.Length);
    }

    [Fact]
    public void Functions_FitOnOneScreen()
    {
        IEnumerable<(string, int)> measured = RepositoryFiles.CSharp.SelectMany(file =>
            CSharpMembers.Of(file.Text).Select(member => ($"{file.Path}#{member.Name}", member.Lines))
                .GroupBy(each => each.Item1).Select(overloads => overloads.MaxBy(each => each.Lines)));

        Complaints.None(Ratchet.Judge("function", FunctionLines, measured));
    }

    [Fact]
    public void Lines_AreNotWiderThanAPage()
    {
        IEnumerable<(string, int)> measured = RepositoryFiles.CSharp.SelectMany(file =>
            file.Lines.Select((line, index) => ($"{file.Path}:{index + 1}", line.Length)));

        Complaints.None(Ratchet.Judge("line", LineCharacters, measured));
    }

    [Fact]
    public void Namespaces_AreFileScopedAndNameTheFolder()
    {
        IEnumerable<string> wrong = RepositoryFiles.CSharp
            .Where(file => file.Name is not ("Program.cs" or "GlobalUsings.cs" or "AssemblyInfo.cs"))
            .Select(file => (file.Path, Found: FileScopedNamespace().Match(file.Text).Groups[1].Value, Wanted: NamespaceOf(file.Folder)))
            .Where(each => each.Found != each.Wanted)
            .Select(each => $"{each.Path}: {(each.Found.Length == 0 ? "no file-scoped namespace" : each.Found)}, the folder says {each.Wanted}");

        Complaints.None(wrong);

        static string NamespaceOf(string folder) => folder[Math.Max(0, folder.IndexOf("Mesh.", StringComparison.Ordinal))..].Replace('/', '.');
    }

    [Fact]
    public void Notes_OfUnfinishedWork_NameADecisionPage()
    {
        Regex note = new(@"\b(TO" + "DO|FIX" + "ME|HA" + @"CK)\b");

        IEnumerable<string> wrong = Lines(file => file.Path.EndsWith(".md", StringComparison.Ordinal) ? "" : file.Text)
            .Where(line => note.IsMatch(line.Text) && !line.Text.Contains("docs/decisions/0", StringComparison.Ordinal))
            .Select(line => $"{line.Where}: {line.Text.Trim()}");

        Complaints.None(wrong);
    }

    [Fact]
    public void Paths_OfOneMachine_StayOut()
    {
        Regex machine = new(@"(?<![\w.*/-])/(wo" + "rk|ro" + @"ot|home/\w+)/");

        IEnumerable<string> wrong = Lines(file => file.Text)
            .Where(line => machine.IsMatch(line.Text))
            .Select(line => $"{line.Where}: {line.Text.Trim()}");

        Complaints.None(wrong);
    }

    [Fact]
    public void Texts_AreUtf8WithLineFeedsAndNoByteOrderMark()
    {
        IEnumerable<string> wrong = RepositoryFiles.All.SelectMany(file => Faults(Kit.RepositoryRoot.At(file.Path), file));

        Complaints.None(wrong);

        static IEnumerable<string> Faults(string path, RepositoryFile file)
        {
            using FileStream stream = File.OpenRead(path);
            byte[] start = new byte[3];
            // The SDK's own `dotnet sln` writes the mark into solutions again and again.
            bool solution = path.EndsWith(".sln", StringComparison.Ordinal);
            if (!solution && stream.ReadAtLeast(start, 3, throwOnEndOfStream: false) == 3 && start is [0xEF, 0xBB, 0xBF])
            {
                yield return $"{file.Path}: begins with a byte order mark";
            }

            if (file.Text.Contains('\r', StringComparison.Ordinal))
            {
                yield return $"{file.Path}: has carriage returns";
            }

            if (file.Text.Length > 0 && !file.Text.EndsWith('\n'))
            {
                yield return $"{file.Path}: the last line has no line feed";
            }
        }
    }

    private static IEnumerable<(string Where, string Text)> Lines(Func<RepositoryFile, string> text) => RepositoryFiles.All
        .Where(file => text(file).Length > 0)
        .SelectMany(file => file.Lines.Select((line, index) => ($"{file.Path}:{index + 1}", line)));

    [GeneratedRegex(@"^namespace ([\w.]+);$", RegexOptions.Multiline)]
    private static partial Regex FileScopedNamespace();
}
