using System.Text;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The list of everything that can be asked, itself included: for people at <c>/admin</c>, bare paths at <c>/admin/index.txt</c>.</summary>
internal sealed class IndexEndpoint : AdminEndpoint
{
    private readonly IReadOnlyList<AdminEndpoint> _all;
    private readonly bool _bare;

    private IndexEndpoint(string path, string summary, IReadOnlyList<AdminEndpoint> all, bool bare)
        : base(path, summary)
    {
        _all = all;
        _bare = bare;
    }

    /// <summary>Both lists, of these endpoints and of themselves.</summary>
    public static IReadOnlyList<AdminEndpoint> Both(IReadOnlyList<AdminEndpoint> others)
    {
        List<AdminEndpoint> all = [.. others];
        IndexEndpoint list = new("/admin", "this list", all, bare: false);
        IndexEndpoint[] both = [list, new("/admin/index.txt", "the paths alone, one a line", all, bare: true)];
        all.AddRange(both);
        all.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        return both;
    }

    public override Task HandleAsync(HttpContext context)
    {
        int width = _all.Max(static endpoint => endpoint.Path.Length);
        StringBuilder text = new();
        foreach (AdminEndpoint endpoint in _all)
        {
            if (_bare) text.Append(endpoint.Path).Append('\n');
            else text.Append(endpoint.Path.PadRight(width + 2)).Append(endpoint.Summary).Append(" (").Append(endpoint.Allow).Append(")\n");
        }

        return AdminText.WriteAsync(context, StatusCodes.Status200OK, text.ToString());
    }
}
