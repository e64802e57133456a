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
    public void Benchmarks_StandAlone()
    {
        Assert.DoesNotContain(References(), each => each.From == "Mesh.Bench" || each.To == "Mesh.Bench");
    }

    private static int Floor(string project) => Array.IndexOf(FloorsFromTheTop, project);

    private static IEnumerable<(string From, string To)> References() => RepositoryFiles.Projects
        .SelectMany(file => XDocument.Parse(file.Text).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))
            .Select(to => (Path.GetFileNameWithoutExtension(file.Name), to)));
}
