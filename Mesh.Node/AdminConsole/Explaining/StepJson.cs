using System.Collections.Immutable;
using System.Text.Json;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>An explanation as JSON, and back: what another node explains becomes a part of this node's.</summary>
internal static class StepJson
{
    /// <summary>Levels that are read of another node's explanation; its own have less.</summary>
    private const int MaxDepth = 32;

    public static void Write(Utf8JsonWriter json, Step step)
    {
        json.WriteStartObject();
        json.WriteString("kind", step.Kind);
        json.WriteString("verdict", Word(step.Verdict));
        json.WriteString("text", step.Text);
        foreach ((string name, string value) in step.Facts) json.WriteString(name, value);
        if (!step.Steps.IsEmpty)
        {
            json.WriteStartArray("steps");
            foreach (Step inner in step.Steps) Write(json, inner);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <exception cref="JsonException">It is no explanation.</exception>
    public static Step Read(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 2 * MaxDepth });
        return Read(document.RootElement, 0);
    }

    private static Step Read(JsonElement json, int depth)
    {
        bool isStep = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("text", out _) && json.TryGetProperty("kind", out _);
        if (!isStep || depth > MaxDepth) throw new JsonException("no explanation");
        StepVerdict verdict = json.TryGetProperty("verdict", out JsonElement word) ? Verdict(word.GetString()) : StepVerdict.Fact;
        ImmutableArray<Step> steps = json.TryGetProperty("steps", out JsonElement inner)
            ? [.. inner.EnumerateArray().Select(each => Read(each, depth + 1))]
            : [];
        return new Step(json.GetProperty("kind").GetString()!, verdict, json.GetProperty("text").GetString()!)
        {
            Steps = steps,
            Facts = [.. json.EnumerateObject().Where(IsFact).Select(static each => (each.Name, each.Value.GetString()!))],
        };
    }

    private static bool IsFact(JsonProperty property) =>
        property.Value.ValueKind == JsonValueKind.String && property.Name is not ("kind" or "verdict" or "text");

    private static string Word(StepVerdict verdict) => verdict.ToString().ToLowerInvariant();

    private static StepVerdict Verdict(string? word) => Enum.TryParse(word, ignoreCase: true, out StepVerdict verdict) ? verdict : StepVerdict.Fact;
}
