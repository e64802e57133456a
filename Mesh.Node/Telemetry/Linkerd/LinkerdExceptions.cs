namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>The exception under which Linkerd's <c>failures</c> would tell a fault, by stage and cause.</summary>
/// <remarks>Source: finagle-core Exceptions.scala; Linkerd's RoutingFactory and DynBoundFactory.</remarks>
internal static class LinkerdExceptions
{
    /// <summary>The name for what has no nearer one, Finagle's own catch-all.</summary>
    public const string Other = "com.twitter.finagle.Failure";

    /// <summary>The class name, for example <c>com.twitter.finagle.ConnectionFailedException</c>.</summary>
    public static string NameOf(string stage, string cause) => (stage, cause) switch
    {
        ("identify", "unidentified") => "io.buoyant.router.RoutingFactory$UnknownDst",
        ("bind", "unbound" or "no_address") or ("pick", "no_address") => "com.twitter.finagle.NoBrokersAvailableException",
        ("bind", "timed_out") => "com.twitter.finagle.RequestTimeoutException",
        ("pool", "overloaded") => "com.twitter.finagle.TooManyWaitersException",
        ("pool", "timed_out") => "com.twitter.finagle.ServiceTimeoutException",
        ("handshake", "untrusted") => "com.twitter.finagle.SslVerificationFailedException",
        ("handshake", _) => "com.twitter.finagle.SslException",
        ("connect", "unreachable" or "timed_out") => "com.twitter.finagle.ConnectionFailedException",
        ("request", "timed_out") => "com.twitter.finagle.WriteTimedOutException",
        ("response_head", "timed_out") => "com.twitter.finagle.IndividualRequestTimeoutException",
        ("response_body", "timed_out") => "com.twitter.finagle.ReadTimedOutException",
        (_, "closed") => "com.twitter.finagle.ChannelClosedException",
        (_, "overloaded") => "com.twitter.finagle.RejectedException",
        (_, "timed_out") => "com.twitter.finagle.GlobalRequestTimeoutException",
        _ => Other,
    };
}
