using System.Net;
using Mesh.Discovery.Names;
using Mesh.Discovery.Transformers;
using Mesh.Routing.Dtabs;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Dtabs;

public sealed class NameBinderTests
{
    private static readonly AddressState _someAddress = new AddressState.Known([new WeightedAddress(new IPEndPoint(IPAddress.Loopback, 80), 1)]);

    private readonly Dictionary<string, BoundName> _names = [];

    /// <summary>Names below /# are what their first word says; the rest of the path is residual after two words.</summary>
    [Theory]
    [InlineData("/svc => /#/ok", "/#/ok/web")]
    [InlineData("/svc => /host ; /host => /#/ok", "/#/ok/web")]
    [InlineData("", "Neg")]
    [InlineData("/svc => ~", "Neg")]
    [InlineData("/svc => !", "Fail")]
    [InlineData("/svc => $", "Empty")]
    [InlineData("/svc => /#/nil", "Empty")]
    [InlineData("/svc => /#/fail", "Fail")]
    [InlineData("/svc => /#/none", "Neg")]
    [InlineData("/svc => /#/none | /#/ok", "/#/ok/web")]
    [InlineData("/svc => ~ | /#/ok", "/#/ok/web")]
    [InlineData("/svc => ! | /#/ok", "Fail")]
    [InlineData("/svc => $ | /#/ok", "Empty")]
    [InlineData("/svc => /#/ok ; /svc => /#/none", "/#/ok/web")]
    [InlineData("/svc/web => /#/ok2 ; /svc => /#/ok", "/#/ok/web")]
    [InlineData("/svc => (/#/none | ~) | (/#/ok | !)", "/#/ok/web")]
    [InlineData("/svc => /#/wait | /#/ok", "Pending")]
    [InlineData("/svc => /#/ok | /#/wait", "/#/ok/web")]
    [InlineData("/svc => /#/broken | /#/ok", "NamerFailed")]
    [InlineData("/svc => /#/slow | /#/ok", "Pending")]
    [InlineData("/svc => /#/badaddr | /#/ok", "NamerFailed")]
    // Known and empty falls through while anything else can serve.
    [InlineData("/svc => /#/empty | /#/ok", "/#/ok/web")]
    [InlineData("/svc => /#/gone | /#/ok", "/#/ok/web")]
    [InlineData("/svc => /#/empty", "/#/empty/web")]
    [InlineData("/svc => /#/none | /#/empty", "/#/empty/web")]
    [InlineData("/svc => /#/empty | /#/none", "/#/empty/web")]
    [InlineData("/svc => /#/empty | /#/gone", "/#/gone/web")]
    [InlineData("/svc => /#/empty | $", "Empty")]
    [InlineData("/svc => /#/empty | !", "Fail")]
    [InlineData("/svc => /#/empty | /#/wait", "Pending")]
    [InlineData("/svc => /a | /b ; /a => /#/empty ; /b => /#/ok", "/#/ok/web")]
    // Unions.
    [InlineData("/svc => 3*/#/ok & 1*/#/ok2", "3.00*/#/ok/web & /#/ok2/web")]
    [InlineData("/svc => 3*/#/ok & 1*/#/none", "/#/ok/web")]
    [InlineData("/svc => /#/ok & ! & ~", "/#/ok/web")]
    [InlineData("/svc => /#/ok & $", "/#/ok/web & $")]
    [InlineData("/svc => ! & ~", "Neg")]
    [InlineData("/svc => (! & ~) | /#/ok", "/#/ok/web")]
    [InlineData("/svc => /#/ok & /#/wait", "/#/ok/web")]
    [InlineData("/svc => /#/ok & /#/broken", "/#/ok/web")]
    [InlineData("/svc => /#/none & /#/wait", "Pending")]
    [InlineData("/svc => /#/none & /#/broken", "Neg")]
    [InlineData("/svc => /#/wait & /#/broken", "NamerFailed")]
    [InlineData("/svc => /#/none & /#/broken & /#/wait", "Pending")]
    [InlineData("/svc => /#/none & /#/broken | /#/ok", "/#/ok/web")]
    [InlineData("/svc => $ & $ & $", "Empty")]
    [InlineData("/svc => $ & /#/wait", "Empty")]
    [InlineData("/svc => 2*(/#/ok & /#/ok2) & /#/ok3", "2.00*(/#/ok/web & /#/ok2/web) & /#/ok3/web")]
    [InlineData("/svc => 9*/#/empty & /#/ok", "/#/ok/web")]
    [InlineData("/svc => /#/empty & /#/gone", "/#/empty/web & /#/gone/web")]
    [InlineData("/svc => /#/empty & /#/gone | /#/ok", "/#/ok/web")]
    // What leads in circles.
    [InlineData("/svc => /svc", "MaxDepth")]
    [InlineData("/ => /a", "MaxDepth")]
    [InlineData("/svc => /svc | /#/ok", "MaxDepth")]
    [InlineData("/svc => /svc & /svc", "MaxDepth")]
    [InlineData("/svc => /svc/a/b/c/d/e/f/g/h/i/j/k/l", "MaxDepth")]
    [InlineData("/svc => /#/back ; /x => /#/ok", "/#/ok/web")]
    public void BindsAsTheTableSays(string dtab, string expected) => Assert.Equal(expected, TextOf(Bind("/svc/web", dtab)));

    [Theory]
    [InlineData(98, true)]
    [InlineData(99, false)]
    public void LooksUpAHundredNamesInARow(int rules, bool isBound)
    {
        string chain = string.Concat(Enumerable.Range(0, rules).Select(i => $"/n{i}=>/n{i + 1};")) + $"/n{rules}=>/#/ok/web";

        BindResult result = Bind("/n0", chain);

        Assert.Equal(isBound ? "/#/ok/web" : "MaxDepth", TextOf(result));
        if (!isBound) Assert.Equal("Max recursion level: 100 reached in Namer lookup", ((BindResult.Failed)result).Reason);
    }

    [Fact]
    public void KeepsTheResidual()
    {
        BindResult result = Bind("/svc/web/a/b", "/svc => /#/ok");

        Name.Bound bound = ((NameTree<Name.Bound>.Leaf)((BindResult.Resolved)result).Tree).Value;
        Assert.Equal(("/#/ok/web", "/a/b"), (bound.Destination.Id.ToString(), bound.Residual.ToString()));
    }

    [Fact]
    public void TellsEachAlternativeAndWhyItWasNotUsed()
    {
        BindTrail trail = Bind("/svc/web", "/svc => /x ; /svc => /host | /y ; /svc => /#/none | /#/empty ; /host => !").Trail;

        Assert.Equal(
            """
            /svc/web: not routable (!)
              /#/none/web (/svc => /#/none | /#/empty): no rule and no namer knows it (~)
              /#/empty/web (/svc => /#/none | /#/empty): no address in /#/empty/web
              /host/web (/svc => /host | /y): not routable (!)
                ! (/host => !): not routable (!)
              /y (/svc => /host | /y): not tried: ! ends the search
              /x (/svc => /x): not tried: ! ends the search
            """,
            trail.ToString());
        Assert.Equal(
            "/#/none/web: no rule and no namer knows it (~); /#/empty/web: no address in /#/empty/web; !: not routable (!)", trail.Summary());
    }

    [Fact]
    public void BoundsTheWorkAndTheTrailOfAHostileDtab()
    {
        int lookups = 0;

        BindResult result = NameBinder.Bind(
            Path.Parse("/a"),
            Dtab.Parse("/a => " + string.Join(" & ", Enumerable.Repeat("/a", 5000))),
            path =>
            {
                lookups++;
                return NameState.Resolved.Neg;
            });

        Assert.Equal("MaxDepth", TextOf(result));
        Assert.True(lookups <= NameBinder.MaxLookups);
        Assert.Equal(BindTrail.MaxSteps, result.Trail.Steps.Count);
        Assert.True(result.Trail.Omitted > 0);
    }

    [Fact]
    public void TheTrailOfLongRulesIsShort()
    {
        string wide = "/svc => " + string.Join(" | ", Enumerable.Repeat("/#/none/" + new string('x', 2_000), 40)) + " | ! | /#/ok";

        BindTrail trail = Bind("/svc/web", wide).Trail;

        Assert.Equal(43, trail.Steps.Count);
        Assert.All(trail.ToString().Split('\n'), static line => Assert.InRange(line.Length, 1, (3 * BindTrail.MaxTextChars) + 50));
        Assert.InRange(trail.Summary().Length, 1, BindTrail.MaxSummary * ((2 * BindTrail.MaxTextChars) + 20));
        Assert.EndsWith("; and 29 more steps", trail.Summary(), StringComparison.Ordinal);
    }

    [Fact]
    public void ATransformerChangesWhatIsBound_NotWhichAlternative()
    {
        using var port = new PortTransformer(PortTransformer.DefaultPrefix(1), 1);

        BindResult result = NameBinder.Transform(Bind("/svc/web", "/svc => /#/none | /#/ok & $"), [port]);

        Assert.Equal("/%/io.l5d.port/1/#/ok/web & $", BoundText.Of(((BindResult.Resolved)result).Tree));
    }

    [Fact]
    public void TakesAddressesFromTheCallerIfAsked()
    {
        BindResult result = NameBinder.Bind(Path.Parse("/svc/web"), Dtab.Parse("/svc => /#/gone | /#/ok"), Lookup, _ => _someAddress);

        Assert.Equal("/#/gone/web", TextOf(result));
    }

    [Theory]
    [InlineData("/svc => /#/ok & /#/wait", true)]
    [InlineData("/svc => /#/none | (/#/ok & (/#/none | /#/slow))", true)]
    [InlineData("/svc => $ & /#/wait", true)]
    [InlineData("/svc => /#/ok & /#/none & /#/broken", false)]
    [InlineData("/svc => /#/ok | /#/wait", false)]
    public void Result_SaysWhetherBranchesAreStillToCome(string dtab, bool isPartial) => Assert.Equal(
        isPartial, Assert.IsType<BindResult.Resolved>(Bind("/svc/web", dtab)).IsPartial);

    private static string TextOf(BindResult result) => result switch
    {
        BindResult.Pending => "Pending",
        BindResult.Failed failed => failed.Kind.ToString(),
        BindResult.Resolved { Failure: { } kind } => kind.ToString(),
        _ => ((BindResult.Resolved)result).Tree.Map(bound => bound.Destination.Id).ToString(),
    };

    private BindResult Bind(string path, string dtab) => NameBinder.Bind(Path.Parse(path), Dtab.Parse(dtab), Lookup);

    private NameState Lookup(Path path)
    {
        if (path.Count < 2 || path[0] != "#") return NameState.Resolved.Neg;
        return path[1] switch
        {
            "none" => NameState.Resolved.Neg,
            "nil" => new NameState.Resolved(new NameTree<Name>.Empty()),
            "fail" => new NameState.Resolved(new NameTree<Name>.Fail()),
            "wait" => NameState.Pending.Instance,
            "broken" => new NameState.Failed("disk on fire"),
            "back" => new NameState.Resolved(NameTree.Leaf<Name>(new Name.Unbound(Path.Parse("/x") + path.Drop(2)))),
            string kind => NameState.Resolved.To(NameOf(path.Take(3), kind), path.Drop(3)),
        };
    }

    private BoundName NameOf(Path id, string kind)
    {
        if (!_names.TryGetValue(id.ToString(), out BoundName? name))
        {
            name = new BoundName(id, new LiveValue<AddressState>(kind switch
            {
                "empty" => AddressState.Known.Nothing,
                "gone" => AddressState.Neg.Instance,
                "slow" => AddressState.Pending.Instance,
                "badaddr" => new AddressState.Failed("no DNS"),
                _ => _someAddress,
            }));
            _names.Add(id.ToString(), name);
        }
        return name;
    }
}
