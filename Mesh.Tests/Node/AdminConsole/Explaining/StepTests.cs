using System.Text.Json;
using Mesh.Node.AdminConsole.Explaining;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Explaining;

public sealed class StepTests
{
    private static readonly Step s_step = Step.Yes(
        "request", "GET / goes on",
        Step.Fact("fact", "a fact"),
        Step.No("endpoint", "127.0.0.1:80 does not", Step.Unknown("host", "node n1 is silent")) with { Facts = [("address", "127.0.0.1:80")] });

    [Fact]
    public void Text_MarksWhatGoesOn_AndIndentsWhatItRestsOn()
    {
        Assert.Equal("""
            + GET / goes on
                a fact
              - 127.0.0.1:80 does not
                ? node n1 is silent

            """.ReplaceLineEndings("\n"),
            Text(s_step));
    }

    [Fact]
    public void Text_HasAtMost80Columns_HoweverDeep_ButNoWordIsBroken()
    {
        string words = string.Join(' ', Enumerable.Repeat("word", 60));
        Step deep = Step.Yes("x", words);
        for (int i = 0; i < 40; i++) deep = Step.Yes("x", words, deep);

        Assert.All(Text(deep).Split('\n'), static line => Assert.InRange(line.Length, 0, StepText.Width));
        Assert.Contains(new string('n', 200), Text(Step.Yes("x", new string('n', 200))), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_IsReadAgainAsTheSame()
    {
        Step again = StepJson.Read(Json(s_step));

        Assert.Equal(Json(s_step), Json(again));
        Assert.Equal(Text(s_step), Text(again));
        Assert.Contains("\"verdict\":\"no\",\"text\":\"127.0.0.1:80 does not\",\"address\":\"127.0.0.1:80\"", Json(again), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"text\": \"x\"}")]
    [InlineData("{\"kind\": \"x\", \"text\": \"x\", \"steps\": [1]}")]
    [InlineData("no json")]
    public void WhatIsNoExplanation_IsRefused(string text) => Assert.ThrowsAny<JsonException>(() => StepJson.Read(text));

    [Fact]
    public void AnExplanationWithoutEnd_IsRefused()
    {
        string open = string.Concat(Enumerable.Repeat("{\"kind\":\"x\",\"text\":\"x\",\"steps\":[", 1000));
        string deep = open + string.Concat(Enumerable.Repeat("]}", 1000));

        Assert.ThrowsAny<JsonException>(() => StepJson.Read(deep));
    }

    private static string Text(Step step)
    {
        using StringWriter text = new() { NewLine = "\n" };
        StepText.Write(text, step);
        return text.ToString();
    }

    private static string Json(Step step)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer)) StepJson.Write(json, step);
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
