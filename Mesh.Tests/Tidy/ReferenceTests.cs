using System.Xml.Linq;
using Xunit;

namespace Mesh.Tests.Tidy;

/// <summary>References point downward only: Node, Routing, Discovery, Actors, Wire, in this order; skipping a floor is fine.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] FloorsFromTheTop = ["Mesh.Node", "Mesh.Routing", "Mesh.Discovery", "Mesh.Actors", "Mesh.Wire"];

    [Fact]
    public void Projects_ReferenceOnlyLowerFloors()
    {
        IEnumerable<string> upward = References()
            .Where(each => Floor(each.From) >= 0 && (Floor(each.To) < 0 || Floor(each.To) <= Floor(each.From)))
            .Select(each => $"{each.From} references {each.To}");

        Complaints.None(upward);
    }

    [Fact]
    public void EveryFloor_IsThere()
    {
        IEnumerable<string> projects = RepositoryFiles.Projects.Select(file => file.Folder);

        Assert.Empty(FloorsFromTheTop.Except(projects));
    }

    [Fact]
    public void Benchmarks_UseTheProduct_AndOnlyTestsUseThem()
    {
        HashSet<string> benches = [.. RepositoryFiles.Projects.Where(file => file.Path.StartsWith("bench/", StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file.Name))];

        IEnumerable<string> wrong = References()
            .Where(each => (benches.Contains(each.From) && Floor(each.To) < 0) || (benches.Contains(each.To) && each.From != "Mesh.Tests"))
            .Select(each => $"{each.From} references {each.To}");

        Assert.NotEmpty(benches);
        Complaints.None(wrong);
    }

    private static int Floor(string project) => Array.IndexOf(FloorsFromTheTop, project);

    private static IEnumerable<(string From, string To)> References() => RepositoryFiles.Projects
        .SelectMany(file => XDocument.Parse(file.Text).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))
            .Select(to => (Path.GetFileNameWithoutExtension(file.Name), to)));
}
