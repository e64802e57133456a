using System.Collections.Immutable;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>The kinds of <c>responseClassifier</c>.</summary>
internal static class ClassifierKinds
{
    private static readonly ListKey<int> s_successes = Codes(
        "successStatusCodes", "The gRPC statuses that are successes.", [0], "0");

    private static readonly ListKey<int> s_retryable = Codes(
        "retryableStatusCodes", "The gRPC statuses that a call is made again for.", [14], "14 (UNAVAILABLE)");

    public static readonly KindTable Table = new(
        "a response classifier",
        "kind",
        null,
        [
            Http("io.l5d.http.nonRetryable5XX", "5xx are failures, and none is sent again.", ResponseClassifier.ServerErrors),
            Http("io.l5d.http.retryableRead5XX",
                "5xx are failures; GET, HEAD, OPTIONS and TRACE may be sent again.", ResponseClassifier.RetryableRead),
            Http("io.l5d.http.retryableIdempotent5XX",
                "5xx are failures; GET, HEAD, OPTIONS, TRACE, PUT and DELETE may be sent again.", ResponseClassifier.RetryableIdempotent),
            Http("io.l5d.http.retryableAll5XX",
                "5xx are failures; requests of every method may be sent again.", ResponseClassifier.RetryableAll),
            Http("io.l5d.http.allSuccessful", "No complete response is a failure.", ResponseClassifier.None),
            Grpc("io.l5d.h2.grpc.default", "gRPC: calls that end with UNAVAILABLE (14) are made again.", GrpcClassifier.OnlyUnavailable, false),
            Grpc("io.l5d.h2.grpc.compliant",
                "gRPC: the same, and responses without a gRPC status whose HTTP status is 429, 502, 503 or 504.",
                GrpcClassifier.OnlyUnavailable, true),
            Grpc("io.l5d.h2.grpc.alwaysRetryable", "gRPC: calls are made again after every failure.", GrpcClassifier.All, true),
            Grpc("io.l5d.h2.grpc.neverRetryable", "gRPC: no call is made again.", 0, false),
            RetryableCodes("io.l5d.h2.grpc.retryableStatusCodes", "gRPC: calls are made again after the statuses that are listed."),
        ]);

    private static Kind<ClassifierConfig> Http(string name, string doc, ResponseClassifier value) =>
        new(name, doc, new Section<ClassifierConfig>(
            $"response classifier `{name}`", doc, [SharedKeys.Experimental], _ => new ClassifierConfig(value, null)))
        {
            Aliases = [name.Replace(".http.", ".h2.", StringComparison.Ordinal)],
        };

    private static Kind<ClassifierConfig> Grpc(string name, string doc, uint retryable, bool readsHttp) =>
        new(name, doc, new Section<ClassifierConfig>(
            $"response classifier `{name}`", doc, [s_successes, SharedKeys.Experimental],
            view => Of(GrpcClassifier.Codes(view.Get(s_successes)), retryable, readsHttp)));

    private static Kind<ClassifierConfig> RetryableCodes(string name, string doc) =>
        new(name, doc, new Section<ClassifierConfig>(
            $"response classifier `{name}`", doc, [s_retryable, s_successes, SharedKeys.Experimental],
            static view => Of(GrpcClassifier.Codes(view.Get(s_successes)), GrpcClassifier.Codes(view.Get(s_retryable)), false)));

    /// <summary>Responses that are no gRPC are judged as where nothing is written.</summary>
    private static ClassifierConfig Of(uint successes, uint retryable, bool readsHttp) =>
        new(ResponseClassifier.ServerErrors, new GrpcClassifier(successes, retryable, readsHttp));

    private static ListKey<int> Codes(string name, string doc, ImmutableArray<int> whenAbsent, string absent) => new(
        name, new IntKey(name, 0, 0, GrpcClassifier.MaxCode, "gRPC status", doc), whenAbsent, doc)
    { Absent = absent, Most = GrpcClassifier.MaxCode + 1 };
}
