using Mesh.Node.Config.Schema;
using Mesh.Routing.Routes;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each interpreter.</summary>
internal static class InterpreterKeys
{
    public static readonly FileKey DtabFile = new(
        "dtabFile", JudgeDtab, "the file of the dtab, watched; the rules of the router's own `dtab` win over it")
    { Required = true, MayComeLater = true };

    public static readonly Section<InterpreterConfig> Default = new(
        "interpreter `default`",
        "Names are bound by the router's own dtab and the configured namers.",
        [Transformers.Key, SharedKeys.Experimental],
        static view => view.Find(Transformers.Key) is null ? InterpreterConfig.Default : new DefaultInterpreterConfig(view.Get(Transformers.Key)));

    public static readonly Section<InterpreterConfig> Fs = new(
        "interpreter `io.l5d.fs`",
        "The same with a watched file's dtab below the router's own.",
        [DtabFile, Transformers.Key, SharedKeys.Experimental],
        static view => new FsInterpreterConfig(view.Get(Transformers.Key), view.Get(DtabFile)!));

    public static readonly TextKey Namespace = new(
        "namespace", RoutesInterpreterConfig.DefaultNamespace, "", $"a namespace's name: {RouteLimits.NameRule}", RouteLimits.IsName,
        "Whose dtab goes below the router's own; one that does not exist has no rules.");

    public static readonly Section<InterpreterConfig> Routes = new(
        "interpreter `io.mesh.routes`",
        "The same with the dtab of a namespace of the fleet below the router's own; it needs a `cluster`.",
        [Namespace, Transformers.Key, SharedKeys.Experimental],
        static view => new RoutesInterpreterConfig(view.Get(Transformers.Key), view.Get(Namespace)!));

    private static string? JudgeDtab(string text, CheckContext context)
    {
        if (context.Hooks.CheckDtab(text) is not { } fault) return null;
        ReadOnlySpan<char> before = text.AsSpan(0, Math.Min(fault.Offset, text.Length));
        int line = before.Count('\n') + 1, column = before.Length - before.LastIndexOf('\n');
        return $"whose dtab is wrong at {Numbers.Text(line)}:{Numbers.Text(column)}: {fault.What}";
    }
}

/// <summary>The kinds of <c>interpreter</c>.</summary>
internal static class InterpreterKinds
{
    public static readonly KindTable Table = new(
        "an interpreter",
        "kind",
        "default",
        [
            new Kind<InterpreterConfig>("default", "The router's own dtab and the configured namers.", InterpreterKeys.Default),
            new Kind<InterpreterConfig>("io.l5d.fs", "A watched file's dtab below the router's own.", InterpreterKeys.Fs),
            new Kind<InterpreterConfig>(
                RoutesInterpreterConfig.KindName, "The dtab of a namespace of the fleet below the router's own.", InterpreterKeys.Routes),
            Kind.NotSupported("io.l5d.consul.interpreter", "a dtab from Consul"),
            Kind.NotSupported("io.l5d.k8s.configMap", "a dtab from a Kubernetes config map"),
            new Kind<InterpreterConfig>(NamerdInterpreterConfig.KindName, "Names are bound by a running namerd.", NamerdKeys.Section),
            Kind.NotSupported("io.l5d.namerd", $"names bound by namerd over thriftmux; {NamerdKeys.Instead}"),
            Kind.NotSupported("io.l5d.mesh", $"names bound by namerd over gRPC; {NamerdKeys.Instead}"),
            Kind.NotSupported("io.l5d.k8s.istio", "names bound by Istio"),
        ]);
}
