using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Fuzz.Http1;

/// <summary>What must hold for each message that was taken and is sent on.</summary>
internal static class MessageRules
{
    /// <summary>Read again by us, it is the same one message, and goes on in the same bytes; read by anybody, it is one message.</summary>
    public static void Judge(Message message, KnownMethod? method)
    {
        StreamOutcome again = method is { } asked
            ? MessageReader.Responses(message.Wire, Http1Grammar.Wide, asked)
            : MessageReader.Requests(message.Wire, Http1Grammar.Wide);
        string shown = Encoding.Latin1.GetString(message.Wire.AsSpan(0, Math.Min(message.Wire.Length, 300)));
        FuzzFaultException.Require(again.Messages.Count == 1 && again.End is "open" or "closed",
            $"what is sent on is not one message: {again.End} {shown}");
        Message same = again.Messages[0];
        FuzzFaultException.Require(same.Body.AsSpan().SequenceEqual(message.Body), $"what is sent on has another body: {shown}");
        FuzzFaultException.Require(same.Trailers.AsSpan().SequenceEqual(message.Trailers), $"what is sent on has other trailers: {shown}");
        FuzzFaultException.Require(Meaning(same.Head) == Meaning(message.Head),
            $"what is sent on means something else: {Meaning(same.Head)}, {shown}");
        FuzzFaultException.Require(same.Wire.AsSpan().SequenceEqual(message.Wire), $"what is sent on changes at each hop: {shown}");
        foreach (Leniency habits in LenientReader.All)
        {
            int length = LenientReader.Measure(message.Wire, habits, method is null, HasNoBody(message.Head, method));
            FuzzFaultException.Require(length == message.Wire.Length,
                $"somebody reads another length ({habits.Name}): {length} of {message.Wire.Length}, {shown}");
        }
    }

    /// <summary>
    /// What was taken claimed one length and no more, as the worst reader understands its lines: no two lengths, none beside a coding, no coding
    /// but one.
    /// </summary>
    public static void JudgeClaims(MessageHead head)
    {
        string text = Text(head.Arena.AsSpan(head.Start, head.End - head.Start));
        List<string> lengths = [], codings = [];
        foreach (string line in text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            int colon = Math.Max(0, line.IndexOf(':', StringComparison.Ordinal));
            string name = line[..colon].Trim().Replace('_', '-').ToLowerInvariant();
            string[] values = line[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
            if (name == "content-length") lengths.AddRange(values);
            if (name == "transfer-encoding") codings.AddRange(values);
        }

        bool isOne = lengths.Select(static length => length.TrimStart('0')).Distinct().Count() <= 1
            && lengths.TrueForAll(static length => length.All(char.IsAsciiDigit));
        FuzzFaultException.Require(isOne, $"a message of two lengths was taken: {string.Join(" / ", lengths)}");
        FuzzFaultException.Require(codings.Count == 0 || (codings.Count == 1 && lengths.Count == 0), $"a length beside a coding was taken: {text}");
        bool isKnown = codings.TrueForAll(static coding => coding.Equals("chunked", StringComparison.OrdinalIgnoreCase));
        FuzzFaultException.Require(isKnown, $"an unknown coding was taken: {text}");
    }

    /// <summary>What a head says to whoever routes by it, whichever protocol it came by.</summary>
    public static string Meaning(MessageHead head)
    {
        string start = head is RequestHead request
            ? $"{Text(request.MethodBytes)} {Path(request)} at {Text(request.Authority).ToLowerInvariant()}"
            : $"{((ResponseHead)head).Status}";
        return $"{start} {(head.Framing == BodyFraming.UntilClose ? BodyFraming.Chunked : head.Framing)}\n{string.Join('\n', EndToEnd(head))}";
    }

    /// <summary>The fields that every recipient shall see; a cookie's crumbs as one, which comes last.</summary>
    public static IEnumerable<string> EndToEnd(MessageHead head)
    {
        List<string> lines = [];
        List<string> crumbs = [];
        foreach (Field field in head.Fields)
        {
            if (field.HopByHop || field.Known is KnownField.Host or KnownField.ContentLength or KnownField.TransferEncoding) continue;
            string name = Text(head.Name(field)).ToLowerInvariant();
            if (name == "cookie") crumbs.Add(Text(head.Value(field)));
            else lines.Add($"{name}: {Text(head.Value(field))}");
        }

        string cookie = string.Join("; ", crumbs.Where(static crumb => crumb.Length > 0));
        return cookie.Length == 0 ? lines : [.. lines, $"cookie: {cookie}"];
    }

    private static string Path(RequestHead head)
    {
        string target = Text(head.Target);
        if (target.Length == 0) return head.Method == KnownMethod.Options ? "*" : "/";
        return target[0] == '?' ? "/" + target : target;
    }

    private static bool HasNoBody(MessageHead head, KnownMethod? method) =>
        head is ResponseHead response && (response.IsInterim || response.Status is 204 or 304 || method == KnownMethod.Head);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
