using Mesh.Discovery.Namerd;
using Mesh.Node.Config.Schema;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of the interpreter <c>io.l5d.namerd.http</c>, Linkerd 1's.</summary>
internal static class NamerdKeys
{
    /// <summary>What to write for the interpreters that ask namerd in other tongues.</summary>
    public const string Instead = "`io.l5d.namerd.http` asks its interface io.l5d.httpController, port 4180, for the same";

    public static readonly TextKey Dst = new(
        "dst", "", "", "`/$/inet/HOST/PORT`, where namerd's interface io.l5d.httpController listens", static text => TryReadAddress(text, out _),
        "Where namerd is: `/$/inet/HOST/PORT` of its interface io.l5d.httpController, or a node's admin address, which serves the same.")
    { Required = true };

    public static readonly TextKey Namespace = new(
        "namespace", "default", "", "a namespace of namerd: text without slashes, at most 128 characters", IsNamespace,
        "Whose stored dtab comes first.");

    public static readonly IntKey BaseSeconds = new(
        "baseSeconds", NamerdOptions.DefaultBaseSeconds, 1, SharedKeys.MaxMs / 1000, "s",
        "The first pause before namerd is asked again; later ones double.");

    public static readonly IntKey MaxSeconds = new(
        "maxSeconds", NamerdOptions.DefaultMaxSeconds, 1, SharedKeys.MaxMs / 1000, "s", "The longest; whoever finds namerd again wakes all.");

    public static readonly Section<(int Base, int Max)> Retry = new(
        "`retry`",
        "The pauses before a namerd that is away is asked again; the second half of each is drawn.",
        [BaseSeconds, MaxSeconds],
        static view => (view.Get(BaseSeconds), view.Get(MaxSeconds)))
    { Rules = static (view, context) => SharedKeys.CheckOrder(view, BaseSeconds, MaxSeconds, context) };

    private static readonly SectionKey<(int Base, int Max)> s_retry = new("retry", Retry, "How patiently it is asked again.");

    private static readonly SectionKey<ClientTlsConfig?> s_tls = new("tls", ClientTlsKeys.Section, "TLS to namerd.");

    public static readonly Section<InterpreterConfig> Section = new(
        "interpreter `io.l5d.namerd.http`",
        "Names are bound by a running namerd, by its namespace's dtab, then the router's, then the request's; the config's namers are not asked.",
        [
            Dst,
            Namespace,
            s_retry,
            s_tls,
            Transformers.Key,
            SharedKeys.Experimental,
        ],
        static view => new NamerdInterpreterConfig(
            view.Get(Transformers.Key),
            TryReadAddress(view.Get(Dst)!, out Uri? address) ? address! : new Uri("http://127.0.0.1:4180"),
            view.Get(Namespace)!,
            view.Get(s_retry).Base,
            view.Get(s_retry).Max)
        {
            Tls = view.Find(s_tls) is null ? null : view.Get(s_tls),
        });

    /// <summary>Only what leads to one place: namerd cannot be found by names that it binds itself.</summary>
    private static bool TryReadAddress(string text, out Uri? address)
    {
        address = null;
        if (!Path.TryParse(text.Trim(), out Path? path, out _) || path.Segments.AsSpan() is not ["$", "inet", var host, var port]) return false;
        if (!Numbers.TryParse(port, 1, SharedKeys.MaxPort, out int number)) return false;
        string authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        return Uri.CheckHostName(host) != UriHostNameType.Unknown
            && Uri.TryCreate($"http://{authority}:{Numbers.Text(number)}/", UriKind.Absolute, out address);
    }

    private static bool IsNamespace(string text) =>
        text is { Length: > 0 and <= 128 } and not ("." or "..") && !text.Any(static character => character == '/' || char.IsControl(character));
}
