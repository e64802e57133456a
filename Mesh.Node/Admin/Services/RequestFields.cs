using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Mesh.Node.Admin.Services;

/// <summary>
/// The fields of a call, flat: of its query, and of its body, which is JSON where it begins with a brace, else a form, whatever its type says
/// (curl calls every body a form). A list is its items with commas, a mapping its keys with a dot before them: <c>healthCheck.path</c>.
/// </summary>
internal sealed class RequestFields
{
    /// <summary>Longest body, bytes.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    /// <summary>Most fields.</summary>
    public const int MaxFields = 64;

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _values.Keys;

    public static async Task<(RequestFields? Fields, string? Fault)> ReadAsync(HttpContext context)
    {
        var fields = new RequestFields();
        foreach ((string name, StringValues value) in context.Request.Query)
            if (fields.Add(name, string.Join(',', value.ToArray())) is { } twice) return (null, twice);
        byte[] body = new byte[MaxBodyBytes + 1];
        int length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted)
            .ConfigureAwait(false);
        if (length > MaxBodyBytes) return (null, $"the body has more than {MaxBodyBytes} bytes");
        string text = Encoding.UTF8.GetString(body, 0, length).Trim();
        string? fault = text.Length == 0 ? null : text[0] == '{' ? fields.AddJson(text) : fields.AddForm(text);
        return fault is null ? (fields, null) : (null, fault);
    }

    public bool TryGet(string name, [NotNullWhen(true)] out string? value) => _values.TryGetValue(name, out value);

    /// <summary>Null, or what is wrong.</summary>
    public string? Add(string name, string value)
    {
        if (_values.Count >= MaxFields) return $"there are more than {MaxFields} fields";
        return _values.TryAdd(name, value) ? null : $"`{name}` is given twice";
    }

    private string? AddForm(string text)
    {
        foreach ((string name, StringValues value) in QueryHelpers.ParseQuery(text))
            if (Add(name, string.Join(',', value.ToArray())) is { } fault) return fault;
        return null;
    }

    private string? AddJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return AddObject("", document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second: a text that is no Unicode, such as half of a surrogate pair.
            return $"the body is no JSON: {fault.Message}";
        }
    }

    private string? AddObject(string prefix, JsonElement element)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = prefix + property.Name;
            string? fault = property.Value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.Object when prefix.Length == 0 => AddObject(name + ".", property.Value),
                JsonValueKind.Array when property.Value.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String) =>
                    Add(name, string.Join(',', property.Value.EnumerateArray().Select(static item => item.GetString()))),
                JsonValueKind.String => Add(name, property.Value.GetString()!),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Add(name, property.Value.GetRawText()),
                _ => $"`{name}` is {property.Value.ValueKind.ToString().ToLowerInvariant()}; it must be one value, or a list of texts",
            };
            if (fault is not null) return fault;
        }

        return null;
    }
}
