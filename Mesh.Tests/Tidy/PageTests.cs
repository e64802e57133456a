using System.Text.RegularExpressions;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Tidy;

/// <summary>Documents tell the truth about files and types, and each room says what it is for.</summary>
public sealed partial class PageTests
{
    private const int RoomPageLines = 25;

    private static readonly string[] Rooms =
        ["Mesh.Wire", "Mesh.Actors", "Mesh.Discovery", "Mesh.Routing", "Mesh.Node", "Mesh.Tests", "bench"];

    [Fact]
    public void EveryRoom_HasAPage()
    {
        Complaints.None(Rooms.Where(room => !File.Exists(RepositoryRoot.At(room, "README.md"))).Select(room => $"{room}/README.md is missing"));
    }

    [Fact]
    public void PagesOfRooms_AreShort()
    {
        IEnumerable<string> wrong = RepositoryFiles.Pages
            .Where(page => page.Name == "README.md" && Rooms.Any(room => page.Path.StartsWith(room + "/", StringComparison.Ordinal)))
            .Where(page => page.Lines.Length > RoomPageLines)
            .Select(page => $"{page.Path}: {page.Lines.Length} lines, at most {RoomPageLines}");

        Complaints.None(wrong);
    }

    [Fact]
    public void Links_LeadToFiles()
    {
        IEnumerable<string> wrong = RepositoryFiles.Pages.SelectMany(page => Link().Matches(WithoutFences(page.Text))
            .Select(link => link.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains(':', StringComparison.Ordinal))
            .Where(target => !Path.Exists(RepositoryRoot.At(page.Folder, target)))
            .Select(target => $"{page.Path}: {target}"));

        Complaints.None(wrong);
    }

    [Fact]
    public void CodeFiles_NamedInPages_Exist()
    {
        HashSet<string> files = [.. RepositoryFiles.CSharp.Select(file => file.Name)];

        IEnumerable<string> wrong = RepositoryFiles.Pages.SelectMany(page => NamedFile().Matches(page.Text)
            .Where(name => !files.Contains(Path.GetFileName(name.Groups[1].Value)))
            .Select(name => $"{page.Path}: `{name.Groups[1].Value}`"));

        Complaints.None(wrong);
    }

    [Fact]
    public void TypesAndNamespaces_NamedInPages_Exist()
    {
        HashSet<string> projects = [.. RepositoryFiles.Projects.Select(file => file.Name[..^".csproj".Length])];

        IEnumerable<string> wrong = RepositoryFiles.Pages.SelectMany(page => NamedType().Matches(page.Text)
            .Select(name => name.Groups[1].Value)
            .Where(name => !name.StartsWith("Mesh.Tests", StringComparison.Ordinal) && !projects.Contains(name) && !MeshTypes.HasFullName(name))
            .Select(name => $"{page.Path}: `{name}`"));

        Complaints.None(wrong);
    }

    [Fact]
    public void Tour_NamesRealMethods()
    {
        RepositoryFile tour = RepositoryFiles.Read("docs/TOUR.md");

        IEnumerable<string> wrong = Method().Matches(tour.Text)
            .Where(name => name.Groups[2].Value != "cs" && !MeshTypes.HasMember(name.Groups[1].Value, name.Groups[2].Value))
            .Select(name => $"docs/TOUR.md: {name.Value}");

        Complaints.None(wrong);
    }

    private static string WithoutFences(string text) => Fence().Replace(text, "");

    [GeneratedRegex(@"\[[^\]\n]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([\w./]+\.cs)`")]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"`(Mesh(?:\.[A-Z]\w*)+)`")]
    private static partial Regex NamedType();

    [GeneratedRegex(@"(?<![\w./])(?!Mesh\.)([A-Z]\w+)\.([A-Z]\w+)(?![\w.])")]
    private static partial Regex Method();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
