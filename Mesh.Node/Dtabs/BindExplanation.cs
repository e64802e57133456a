using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Discovery.Names;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.Dtabs;

/// <summary>How a name came to what it is bound to, for people: a line for each rule and each name, in the order in which they were tried.</summary>
internal static class BindExplanation
{
    private const int MaxAddresses = 8;

    /// <summary>What leads in circles must not run out of the page.</summary>
    private const int MaxMargin = 12;

    private const string Indent = "    ";

    public static string Of(BindResult result, Dtab rules)
    {
        var text = new StringBuilder();
        var heads = new List<Dentry?>();
        foreach (BindStep step in result.Trail.Steps)
        {
            while (heads.Count <= step.Depth) heads.Add(null);
            if (step.Rule is { } rule && !ReferenceEquals(rule, heads[step.Depth])) AppendRule(text, step, rule, rules);
            heads[step.Depth] = step.Rule;
            heads.RemoveRange(step.Depth + 1, heads.Count - step.Depth - 1);
            Margin(text, step.Depth).Append(step.Path).Append(": ").Append(step.Outcome).Append('\n');
        }
        if (result.Trail.Omitted > 0) text.Append(CultureInfo.InvariantCulture, $"and {result.Trail.Omitted} more steps\n");
        return text.Append('\n').Append(End(result)).ToString();
    }

    private static void AppendRule(StringBuilder text, BindStep step, Dentry rule, Dtab rules)
    {
        int index = 0;
        while (index < rules.Dentries.Length && !ReferenceEquals(rules.Dentries[index], rule)) index++;
        Margin(text, step.Depth - 1).Append("  ").Append(CultureInfo.InvariantCulture, $"rule {index + 1} of {rules.Dentries.Length}: ")
            .Append(step.Via).Append('\n');
    }

    private static StringBuilder Margin(StringBuilder text, int depth) => text.Insert(text.Length, Indent, Math.Min(depth, MaxMargin));

    private static string End(BindResult result) => result switch
    {
        BindResult.Resolved { Failure: null } resolved =>
            $"bound: {BoundText.Of(resolved.Tree)}\n{string.Concat(Leaves(resolved.Tree).Select(LeafText))}",
        BindResult.Resolved resolved => $"binds to nothing: {BoundText.Of(resolved.Tree)}\n",
        _ => $"does not bind: {LineAnswers.TextOf(result)}\n",
    };

    private static IEnumerable<Name.Bound> Leaves(NameTree<Name.Bound> tree) => tree switch
    {
        NameTree<Name.Bound>.Leaf leaf => [leaf.Value],
        NameTree<Name.Bound>.Union union => union.Branches.SelectMany(static branch => Leaves(branch.Tree)),
        _ => [],
    };

    private static string LeafText(Name.Bound bound)
    {
        string residual = bound.Residual.Count == 0 ? "" : $"\n  residual:  {bound.Residual}";
        return $"  client:    {bound.Destination.Id}{residual}\n  addresses: {AddressText(bound.Destination)}\n";
    }

    private static string AddressText(BoundName name) => name.Addresses.Current switch
    {
        AddressState.Known { Addresses: { IsEmpty: false } all } =>
            string.Join(", ", all.Take(MaxAddresses).Select(static address => AddressText(address.EndPoint)))
            + (all.Length > MaxAddresses ? $" and {all.Length - MaxAddresses} more" : ""),
        AddressState.Pending => "not known yet",
        AddressState.Failed failed => $"failed: {failed.Reason}",
        _ => "none: requests wait for one or fail; nothing else serves",
    };

    private static string AddressText(IPEndPoint address) =>
        address.Address.Equals(AssumedHosts.Unasked) ? $"a host name (DNS is not asked), port {address.Port}" : address.ToString();
}
