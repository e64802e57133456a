using System.Globalization;
using System.Net;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Dtabs;

/// <summary>
/// Stands before a built-in namer of addresses (<c>/$/inet/HOST/PORT</c> and its kin) and says that what it names is there, whatever DNS says.
/// What it cannot read is <c>~</c>: the built-in one tells what is wrong.
/// </summary>
/// <param name="prefix">The built-in's.</param>
/// <param name="isPortFirst">Whether the port stands before the host.</param>
internal sealed class AssumedInetNamer(Path prefix, bool isPortFirst) : INamer
{
    public Path Prefix => prefix;

    public INameWatch Lookup(Path residual) => new FixedNameWatch(residual.Segments.AsSpan() switch
    {
        [var port, var host, ..] when isPortFirst && TryReadPort(port, out int number) => At(residual, 2, host, number),
        [var host, var port, ..] when !isPortFirst && TryReadPort(port, out int number) => At(residual, 2, host, number),
        [var port, ..] when !isPortFirst && TryReadPort(port, out int number) => At(residual, 1, "localhost", number),
        _ => NameState.Resolved.Neg,
    });

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= IPEndPoint.MaxPort;

    private NameState.Resolved At(Path residual, int consumed, string host, int port)
    {
        var address = new WeightedAddress(new IPEndPoint(AssumedHosts.Of(host), port), NameTree.DefaultWeight);
        var name = new BoundName(prefix + residual.Take(consumed), new LiveValue<AddressState>(new AddressState.Known([address])));
        return NameState.Resolved.To(name, residual.Drop(consumed));
    }
}
