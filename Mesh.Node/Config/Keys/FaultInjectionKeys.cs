using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of an item of <c>faultInjection</c>.</summary>
internal static class FaultInjectionKeys
{
    public static readonly DecimalKey Share = new("share", 1, 0, 1, "", "Of the requests that match.");

    public static readonly TextKey Header = new(
        "header", null, "every request", "the name of a header, at most 128 characters", SharedKeys.IsToken, "Only requests with this header.");

    public static readonly TextKey Value = new(
        "value", null, "any", "text on one line, at most 1024 characters", IsFieldValue, "Only where the header has this value, exactly.");

    public static readonly OptionalIntKey DelayMs = new(
        "delayMs", "none", 1, SharedKeys.MaxMs, "ms", "How long a request waits before anything else happens to it.");

    public static readonly OptionalIntKey AbortStatus = new(
        "abortStatus", "none", 400, 599, "", "What a request is answered with instead of being sent to a backend.");

    public static readonly Section<FaultInjectionConfig> Section = new(
        "an item of `faultInjection`",
        "A drill: a share of the requests is delayed or answered with an error by the node itself. Of several items the first that hits has its way.",
        [Share, Header, Value, DelayMs, AbortStatus],
        static view => new FaultInjectionConfig(
            view.Get(Share), view.Get(Header), view.Get(Value), view.Get(DelayMs), view.Get(AbortStatus)))
    { Rules = CheckDrill };

    private static void CheckDrill(SectionView view, CheckContext context)
    {
        if (view.Find(DelayMs) is null && view.Find(AbortStatus) is null)
            context.Faults.Fault(view.Mapping?.At ?? default, "an item of `faultInjection` does nothing; give it `delayMs`, `abortStatus` or both");
        if (view.Find(Value) is { } value && view.Find(Header) is null)
            context.Faults.Fault(value.At, "`value` has no `header` to be the value of; add `header`, or remove it");
    }

    private static bool IsFieldValue(string text) => text.Length <= 1024 && text.Trim().Length > 0 && !text.Any(char.IsControl);
}
