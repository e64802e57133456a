using Mesh.Routing.Bindings;
using Mesh.Routing.Identifiers;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Bindings;
using Mesh.Wire.Exchange;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Identifiers;

public sealed class IdentifyAllocationTests
{
    private const int Rounds = 10_000;

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "")]
    [InlineData(3, "l5d-name: /x\r\n")]
    [InlineData(4, "")]
    [InlineData(5, "mesh-instance: web/a\r\n")]
    [InlineData(0, "l5d-dtab: /a=>/b\r\n")]
    [InlineData(0, "l5d-dtab: /a=>/b\r\nl5d-ctx-dtab: /c=>/d\r\nl5d-dtab: /e=>/f\r\n")]
    public void NameThatIsKnown_IsFoundWithoutAllocation(int identifier, string fields)
    {
        using var kit = new BindingKit("/svc => /#/fs");
        IIdentifier[] kinds =
        [
            new HeaderTokenIdentifier(Naming.Prefix), new PathIdentifier(Naming.Prefix, 2, consume: true),
            new MethodAndHostIdentifier(Naming.Prefix, withPath: true), new HeaderPathIdentifier(Naming.Prefix),
            new StaticIdentifier(Path.Parse("/svc/a")), new InboundIdentifier(Naming.Prefix),
        ];
        var list = new IdentifierList([new HeaderPathIdentifier(Naming.Prefix, "l5d-absent"), kinds[identifier]]);
        RequestHead head = Naming.Get("/a/b/c?d", "User-Agent: x\r\nAccept: */*\r\n" + fields);
        Assert.False(Found(kit, list, head, make: true));

        for (int i = 0; i < 100; i++) Assert.True(Found(kit, list, head, make: false));
        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < Rounds; i++) Found(kit, list, head, make: false);
        }));
    }

    private static bool Found(BindingKit kit, IdentifierList list, RequestHead head, bool make)
    {
        if (!list.TryIdentify(head, out Identification found) || !DtabOverrides.TryRead(head, out ReadOnlySpan<byte> overrides)) return false;
        BindingKey key = new(found.Key, found.Identifier, overrides);
        if (kit.Cache.TryGet(key, out ServiceBinding<BindingKit.Destination> binding))
        {
            binding.Release();
            return true;
        }

        if (make) kit.Cache.GetOrAdd(key, Path.Parse("/svc/web")).Release();
        return false;
    }
}
