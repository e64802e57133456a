using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Routing.Dtabs;
using Xunit;
using NamePath = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.AdminConsole.Explaining;

public sealed class BindingStepsTests
{
    [Fact]
    public void EachLookup_NamesItsRule_AndWhereThatIsFrom()
    {
        Dtab below = Dtab.Parse("/svc => /#/a ; /svc/web => /#/gone");
        Dtab own = Dtab.Parse("/svc/web => /svc/users");
        BindResult result = NameBinder.Bind(NamePath.Parse("/svc/web"), below + own, LookUp);

        ImmutableArray<Step> steps = BindingSteps.Of(result, [("namespace web, version 3", below), ("the router's dtab", own)]);

        Assert.Equal(
        [
            "Yes /svc/web: bound to /#/a/users",
            "Yes /svc/users: bound to /#/a/users, by /svc/web => /svc/users (the router's dtab, rule 1 of 1)",
            "Yes /#/a/users: bound to /#/a/users, by /svc => /#/a (namespace web, version 3, rule 1 of 2)",
            "Fact /#/gone: not tried: the one before it is used, by /svc/web => /#/gone (namespace web, version 3, rule 2 of 2)",
            "Fact /#/a: not tried: the one before it is used, by /svc => /#/a (namespace web, version 3, rule 1 of 2)",
        ],
        steps.SelectMany(static step => step.All()).Select(static step => $"{step.Verdict} {step.Text}"));
        Assert.Equal(3, steps[0].Steps.Length);
    }

    [Fact]
    public void WhatLeadsNowhere_IsNo()
    {
        Dtab own = Dtab.Parse("/svc => /#/nothing");
        BindResult result = NameBinder.Bind(NamePath.Parse("/svc/web"), own, LookUp);

        Step step = BindingSteps.Of(result, [("the router's dtab", own)]).Single();

        Assert.All(step.All(), static each => Assert.Equal(StepVerdict.No, each.Verdict));
        Assert.Equal("/#/nothing/web: no rule and no namer knows it (~), by /svc => /#/nothing (the router's dtab, rule 1 of 1)", step.Steps[0].Text);
    }

    private static NameState LookUp(NamePath path)
    {
        if (!path.StartsWith(NamePath.Parse("/#/a"))) return NameState.Resolved.Neg;
        AddressState one = new AddressState.Known([new WeightedAddress(new System.Net.IPEndPoint(1, 1), 1)]);
        BoundName name = new(path, new LiveValue<AddressState>(one));
        return new NameState.Resolved(NameTree.Leaf<Name>(new Name.Bound(name, NamePath.Empty)));
    }
}
