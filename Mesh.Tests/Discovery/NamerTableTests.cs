using Mesh.Discovery.Names;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Discovery;

public sealed class NamerTableTests
{
    [Fact]
    public void AsksTheLastConfiguredFirstAndFallsThroughOnNeg()
    {
        var first = new OneAnswer("/#/disco", "/first");
        var last = new OneAnswer("/#/disco", "/last");
        using INameWatch watch = new NamerTable([first, last]).Lookup(Path.Parse("/#/disco/web"));
        int changes = 0;
        using IDisposable subscription = watch.OnChange(() => changes++);
        Assert.Equal("/last/web", Text(watch));

        last.Answer.Set(NameState.Resolved.Neg);
        Assert.Equal("/first/web", Text(watch));

        first.Answer.Set(NameState.Resolved.Neg);
        Assert.Equal("~", Text(watch));
        Assert.Equal(2, changes);
    }

    [Fact]
    public void WaitsForTheOneThatIsAskedFirst()
    {
        var first = new OneAnswer("/#/disco", "/first");
        var last = new OneAnswer("/#/disco", "/last");
        last.Answer.Set(NameState.Pending.Instance);

        using INameWatch watch = new NamerTable([first, last]).Lookup(Path.Parse("/#/disco/web"));

        Assert.IsType<NameState.Pending>(watch.Current);
    }

    private static string Text(INameWatch watch) => ((NameState.Resolved)watch.Current).Tree.ToString();

    private sealed class OneAnswer(string prefix, string destination) : INamer
    {
        public LiveValue<NameState> Answer { get; } =
            new(new NameState.Resolved(NameTree.Leaf<Name>(new Name.Unbound(Path.Parse(destination + "/web")))));

        public Path Prefix { get; } = Path.Parse(prefix);

        public INameWatch Lookup(Path residual) => new Watch(Answer);

        private sealed class Watch(LiveValue<NameState> answer) : INameWatch
        {
            public NameState Current => answer.Current;

            public IDisposable OnChange(Action changed) => answer.OnChange(changed);

            public void Dispose()
            {
            }
        }
    }
}
