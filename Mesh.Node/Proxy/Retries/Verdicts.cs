using System.Buffers.Text;
using Mesh.Node.Config;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy.Retries;

/// <summary>What a response classifier says of a response and of another try.</summary>
/// <remarks>Hot path. Source: Linkerd's ResponseClassifiers.</remarks>
internal static class Verdicts
{
    /// <summary>The shortest: <c>Retry-After: 0</c> still says that there is too much to do just now. 100 ms, nanoseconds.</summary>
    public const long MinRetryAfterNs = 100_000_000;

    /// <summary>Whether a complete response of that status is a failure.</summary>
    public static bool IsFailure(ResponseClassifier classifier, int status) => status >= 500 && classifier != ResponseClassifier.None;

    /// <summary>Whether a request of that method may be made again though its backend may have acted on it.</summary>
    public static bool MayRepeat(ResponseClassifier classifier, KnownMethod method) => classifier switch
    {
        ResponseClassifier.RetryableRead => IsRead(method),
        ResponseClassifier.RetryableIdempotent => IsRead(method) || method is KnownMethod.Put or KnownMethod.Delete,
        ResponseClassifier.RetryableAll => IsRead(method)
            || method is KnownMethod.Put or KnownMethod.Delete or KnownMethod.Post or KnownMethod.Patch,
        _ => false,
    };

    /// <summary>
    /// How long the backend asks to be spared, nanoseconds: its Retry-After beside 429 or 503, in seconds (RFC 9110 section 10.2.3); 0 when it says
    /// nothing. A date is not read: it would compare two clocks. How much of it is granted is the endpoint's to say.
    /// </summary>
    public static long PushbackNs(ResponseHead head)
    {
        if (head.Status is not (429 or 503) || !head.TryGetField("retry-after"u8, out ReadOnlySpan<byte> value)) return 0;
        if (!Utf8Parser.TryParse(value, out uint seconds, out int length) || length != value.Length) return 0;
        return Math.Max(seconds * 1_000_000_000L, MinRetryAfterNs);
    }

    /// <summary><c>l5d-retryable: true</c>: whoever failed provably did not act on the request.</summary>
    public static bool IsHarmless(ResponseHead head) =>
        head.Has(KnownField.Linkerd) && head.TryGetField("l5d-retryable"u8, out ReadOnlySpan<byte> value) && value.SequenceEqual("true"u8);

    /// <summary><c>l5d-retries-spent: true</c>: it was tried again behind this node, or must not be tried again at all.</summary>
    public static bool IsSpent(ResponseHead head) =>
        head.Has(KnownField.Linkerd) && head.TryGetField("l5d-retries-spent"u8, out ReadOnlySpan<byte> value) && value.SequenceEqual("true"u8);

    private static bool IsRead(KnownMethod method) =>
        method is KnownMethod.Get or KnownMethod.Head or KnownMethod.Options or KnownMethod.Trace;
}
