using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Tests.Kit;
using Mesh.Wire.Exchange;
using Xunit;

namespace Mesh.Tests.Wire.Http1;

/// <summary>Raw streams that others wrote (llhttp, gunicorn, desync guardian, h11): what must pass passes, what must not never does.</summary>
public sealed partial class Http1CorpusTests
{
    private sealed record Case(string Id, string Expect, byte[] Raw, int MaxRequests, KnownMethod Method);

    [ConformanceFact]
    public void Forwards_WhatTheCorpusAccepts()
    {
        List<string> faults = [];

        foreach (Case c in Requests().Where(c => c.Expect == "accept"))
        {
            StreamOutcome outcome = StreamRunner.Requests(c.Raw);
            if (outcome.Messages.Count == 0) faults.Add($"{c.Id}: refused, {outcome.Reason}");
            else if (Naive(c.Raw) is var (start, body) && (outcome.Messages[0].Start != start || outcome.Messages[0].Body != body))
                faults.Add($"{c.Id}: became {outcome.Messages[0]}");
            else if (outcome.Messages.Count > c.MaxRequests) faults.Add($"{c.Id}: {outcome.Messages.Count} requests");
        }

        Assert.Empty(faults);
    }

    [ConformanceFact]
    public void ForwardsNothing_OfWhatTheCorpusRejects()
    {
        IEnumerable<string> faults = Requests().Where(c => c.Expect == "reject" && StreamRunner.Requests(c.Raw).Messages.Count > 0).Select(c => c.Id);

        Assert.Empty(faults);
    }

    [ConformanceFact]
    public void ForwardsCleanMessagesOnly_WhateverTheCorpusSends()
    {
        List<string> faults = [];

        foreach (Case c in Requests())
        {
            StreamOutcome outcome = StreamRunner.Requests(c.Raw);
            if (outcome.Messages.Count > Math.Max(1, c.MaxRequests)) faults.Add($"{c.Id}: {outcome.Messages.Count} requests");
            faults.AddRange(outcome.Messages.Where(m => !IsClean(m.Wire)).Select(m => $"{c.Id}: {m.Wire}"));
        }

        Assert.Empty(faults);
    }

    [ConformanceFact]
    public void TakesResponses_AsTheCorpusSays()
    {
        List<string> faults = [];

        foreach (Case c in Responses())
        {
            StreamOutcome outcome = StreamRunner.Responses(c.Raw, c.Method);
            bool whole = outcome.Messages.Any(m => m.Start[0] != '1');
            if (c.Expect == "accept" && !whole) faults.Add($"{c.Id}: refused, {outcome.Reason}");
            if (c.Expect == "reject" && whole) faults.Add($"{c.Id}: passed {outcome.Messages[^1]}");
        }

        Assert.Empty(faults);
    }

    [ConformanceFact]
    public void GivesTheSame_WhenTheCorpusComesByteByByte()
    {
        List<string> faults = [];

        foreach (Case c in Requests())
        {
            if (StreamRunner.Requests(c.Raw).Summary != StreamRunner.Requests(c.Raw, _ => 1).Summary) faults.Add(c.Id);
        }

        foreach (Case c in Responses())
        {
            if (StreamRunner.Responses(c.Raw, c.Method).Summary != StreamRunner.Responses(c.Raw, c.Method, _ => 1).Summary) faults.Add(c.Id);
        }

        Assert.Empty(faults);
    }

    /// <summary>Well formed by a second, naive reading: CRLF lines with token names, one Host, at most one framing field.</summary>
    private static bool IsClean(string wire)
    {
        string head = wire[..(wire.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2)];
        string[] lines = head[..^2].Split("\r\n");
        bool lineBreaks = !lines.Any(line => line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0);
        bool fields = lines.Skip(1).All(line => FieldLine().IsMatch(line));
        int Count(string name) => lines.Count(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return lineBreaks && fields && RequestLine().IsMatch(lines[0]) && Count("host") == 1
            && Count("content-length") + Count("transfer-encoding") <= 1;
    }

    /// <summary>Start and body of the first message, read carelessly: the corpus vouches that it is valid.</summary>
    private static (string Start, string Body) Naive(byte[] raw)
    {
        string text = Http1Kit.Text(raw);
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        string[] line = text[..text.IndexOf("\r\n", StringComparison.Ordinal)].Split(' ');
        string target = Regex.Replace(line[1], "^https?://[^/?]*", "");
        Match length = Regex.Match(text[..end], @"\r\ncontent-length:\s*(\d+)", RegexOptions.IgnoreCase);
        if (length.Success) return ($"{line[0]} {target}", text.Substring(end, int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture)));
        bool chunked = Regex.IsMatch(text[..end], @"\r\ntransfer-encoding:\s*chunked", RegexOptions.IgnoreCase);
        StringBuilder body = new();
        while (chunked)
        {
            int lineEnd = text.IndexOf("\r\n", end, StringComparison.Ordinal) + 2;
            int size = int.Parse(Regex.Match(text[end..lineEnd], "^[0-9a-fA-F]+").Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) break;
            body.Append(text.AsSpan(lineEnd, size));
            end = lineEnd + size + 2;
        }

        return ($"{line[0]} {target}", body.ToString());
    }

    private static IEnumerable<Case> Requests() => Read("http1_cases.jsonl");

    private static IEnumerable<Case> Responses() => Read("http1_response_cases.jsonl");

    private static IEnumerable<Case> Read(string file)
    {
        foreach (string line in File.ReadLines(ConformanceFolder.At(file)))
        {
            JsonElement c = JsonDocument.Parse(line).RootElement;
            yield return new Case(
                c.GetProperty("id").GetString()!,
                c.GetProperty("expect").GetString()!,
                c.GetProperty("raw_base64").GetBytesFromBase64(),
                c.TryGetProperty("max_backend_requests", out JsonElement max) ? max.GetInt32() : 1,
                c.TryGetProperty("request_method", out JsonElement method) && method.GetString() == "HEAD" ? KnownMethod.Head : KnownMethod.Get);
        }
    }

    [GeneratedRegex(@"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[ \t]*[^\x00-\x08\x0a-\x1f\x7f]*$")]
    private static partial Regex FieldLine();

    [GeneratedRegex(@"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ (/[^ #]*|\*) HTTP/1\.1$")]
    private static partial Regex RequestLine();
}
