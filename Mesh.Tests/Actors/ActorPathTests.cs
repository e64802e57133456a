using Mesh.Actors;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class ActorPathTests
{
    [Theory]
    [InlineData("mesh://s/")]
    [InlineData("mesh://s/user")]
    [InlineData("mesh://s/user/a/$1")]
    [InlineData("mesh://s@10.0.0.1:4142/user/a")]
    public void Parses_WhatItPrints(string text)
    {
        Assert.True(ActorPath.TryParse(text, out ActorPath? path));

        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("akka://s/user")]
    [InlineData("mesh://")]
    [InlineData("mesh://s/user//a")]
    [InlineData("mesh://s/user/")]
    [InlineData("mesh://s@host/user")]
    [InlineData("mesh://s@host:99999/user")]
    [InlineData("mesh://s/user/a#x")]
    [InlineData("mesh://s/us er")]
    public void Refuses_WhatIsNoPath(string text) => Assert.False(ActorPath.TryParse(text, out _));

    [Fact]
    public void Uid_IsReadButNotPartOfEquality()
    {
        Assert.True(ActorPath.TryParse("mesh://s/user/a#7", out ActorPath? with));
        Assert.True(ActorPath.TryParse("mesh://s/user/a", out ActorPath? without));

        Assert.Equal(7, with.Uid);
        Assert.Equal(with, without);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("users:8080", true)]
    [InlineData("", false)]
    [InlineData("$1", false)]
    [InlineData("a/b", false)]
    [InlineData("a#1", false)]
    [InlineData("é", false)]
    public void Names_AreAsciiWithoutSlash(string name, bool valid) => Assert.Equal(valid, ActorPath.IsValidName(name));

    [Fact]
    public void Refuses_TooDeepAndTooLong()
    {
        Assert.False(ActorPath.TryParse("mesh://s" + string.Concat(Enumerable.Repeat("/a", ActorPath.MaxDepth + 1)), out _));
        Assert.True(ActorPath.TryParse("mesh://s" + string.Concat(Enumerable.Repeat("/a", ActorPath.MaxDepth)), out _));
        Assert.False(ActorPath.IsValidName(new string('a', ActorPath.MaxNameLength + 1)));
    }
}
