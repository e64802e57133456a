using System.Text;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.Policies;

/// <summary>Changes the fields of requests, and of the responses to them.</summary>
/// <remarks>Hot path: allocates nothing beyond the growth of the edits. None of the names concerns framing or a hop.</remarks>
internal sealed class HeaderPolicy(HeaderPolicyConfig config)
{
    private readonly Edit? _request = config.Request is { } request ? new Edit(request) : null;
    private readonly Edit? _response = config.Response is { } response ? new Edit(response) : null;

    public void EditRequest(RequestHead head, HeadEdits edits) => _request?.Apply(head, edits);

    public void EditResponse(ResponseHead head, HeadEdits edits) => _response?.Apply(head, edits);

    private sealed class Edit(HeaderEditConfig config)
    {
        private readonly byte[][] _dropped =
        [
            .. config.Remove.Concat(config.Set.Select(static line => line.Name))
                .Distinct(StringComparer.OrdinalIgnoreCase).Select(Encoding.ASCII.GetBytes),
        ];

        private readonly byte[] _added =
            Encoding.UTF8.GetBytes(string.Concat(config.Set.Concat(config.Add).Select(static line => $"{line.Name}: {line.Value.Trim(' ')}\r\n")));

        public void Apply(MessageHead head, HeadEdits edits)
        {
            if (_dropped.Length > 0) Drop(head, edits);
            edits.AddLines(_added);
        }

        private void Drop(MessageHead head, HeadEdits edits)
        {
            ReadOnlySpan<Field> fields = head.Fields;
            for (int i = 0; i < fields.Length; i++)
            {
                foreach (byte[] name in _dropped)
                {
                    if (fields[i].NameLength == name.Length && Ascii.EqualsIgnoreCase(head.Name(fields[i]), name)) edits.Drop(i);
                }
            }
        }
    }
}
