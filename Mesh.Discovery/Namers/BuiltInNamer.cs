using Mesh.Discovery.Namers.Inet;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers;

/// <summary>
/// <c>/$/...</c>, always there: <c>inet</c>, <c>nil</c> (exists, has no replica) and <c>fail</c> (not routable). Any other word is a
/// failure, not <c>~</c>: a misspelt built-in must not silently become the next alternative.
/// </summary>
/// <remarks>Any thread. Source: finagle's Namer.global.</remarks>
public sealed class BuiltInNamer(InetNamer inet) : INamer
{
    private static readonly NameState _nil = new NameState.Resolved(new NameTree<Name>.Empty());
    private static readonly NameState _fail = new NameState.Resolved(new NameTree<Name>.Fail());

    public Path Prefix { get; } = Path.Of("$");

    public INameWatch Lookup(Path residual) => residual switch
    {
        { Count: 0 } => new FixedNameWatch(NameState.Resolved.Neg),
        _ when residual[0] == "inet" => inet.Lookup(residual.Drop(1)),
        _ when residual[0] == "nil" => new FixedNameWatch(_nil),
        _ when residual[0] == "fail" => new FixedNameWatch(_fail),
        _ => new FixedNameWatch(new NameState.Failed($"Unknown namer: {residual[0]} for path: {Prefix + residual}")),
    };
}
