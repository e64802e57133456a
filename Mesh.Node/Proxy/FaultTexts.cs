using System.Net;
using System.Net.Sockets;
using Mesh.Node.Proxy.Context;
using Mesh.Node.Proxy.Grpc;
using Mesh.Node.Proxy.Tls;
using Mesh.Routing.Limits;
using Mesh.Wire.Exchange;
using Mesh.Wire.Faults;
using Mesh.Wire.Http1;
using Mesh.Wire.Pools;

namespace Mesh.Node.Proxy;

/// <summary>Makes faults, with their text, of what the exchange's parts report. The text tells an operator what happened where.</summary>
internal static class FaultTexts
{
    public static readonly FaultReport ClientGone = new(
        new Fault(FaultStage.Request, FaultParty.Client, FaultCause.Closed), "The client went away before its request was complete.");

    public static readonly FaultReport BodyNotKept = new(
        new Fault(FaultStage.Request, FaultParty.Node, FaultCause.Overloaded),
        "The backend failed, and the request could not be sent again: its body is larger than service.retries.maxBufferBytes.");

    public static readonly FaultReport NoRoom = new(
        new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Overloaded),
        "This node holds as much of bodies that wait for slow readers as bufferBudgetMB allows: nobody further may come in.")
    {
        RetryAfterSeconds = 1,
        IsSpent = true,
    };

    public static FaultReport NobodyLeft(string destination) => new(
        new Fault(FaultStage.Pick, FaultParty.Backend, FaultCause.NoAddress), $"Unable to route request! {destination} has no address any more.");

    /// <summary>
    /// Why a request was not let out to a destination that has as much to do as it bears. Another try, by whoever, would only add to that.
    /// </summary>
    public static FaultReport OfAdmission(Admission admission, ConcurrencyLimit limit, string destination)
    {
        if (admission == Admission.GivenUp) return ClientGone;
        string why = admission switch
        {
            Admission.QueueFull => $"and as many wait as client.concurrency.maxQueued allows ({limit.Config.MaxQueued})",
            Admission.TooLate => "and the turn of this one would come after its time, or newer ones go first since the queue does not empty",
            _ => "and none ended in time",
        };
        string cure = limit.Config.IsAdaptive && limit.Limit < limit.Config.MaxRequests
            ? "Add endpoints: client.concurrency is adaptive, and that is what these bear."
            : "Add endpoints, or raise client.concurrency.maxRequests.";
        return new FaultReport(
            new Fault(FaultStage.Admit, FaultParty.Node, FaultCause.Overloaded),
            $"{destination} has as many requests out as it may ({limit.Limit}), {why}. {cure}")
        {
            RetryAfterSeconds = limit.RetryAfterSeconds,
            IsSpent = true,
        };
    }

    public static FaultReport OfPool(in PoolResult result, IPEndPoint address, string destination, bool isNode) => result.Failure switch
    {
        PoolFailure.Tls => TlsFaults.OfPool(result, address, destination, isNode),
        PoolFailure.TooManyWaiters => new FaultReport(
            new Fault(FaultStage.Pool, FaultParty.Node, FaultCause.Overloaded),
            $"All connections to {address} ({destination}) are busy, and as many requests wait as hostConnectionPool.maxWaiters allows. "
            + "Raise that, or add endpoints."),
        PoolFailure.WaitedTooLong => new FaultReport(
            new Fault(FaultStage.Pool, FaultParty.Node, FaultCause.TimedOut),
            $"No connection to {address} ({destination}) came free within connectTimeoutMs: hostConnectionPool.maxSize are busy. "
            + "Raise that, or add endpoints."),
        PoolFailure.OutOfTime => ContextFaults.NoTimeLeft,
        _ when result.Error == SocketError.TimedOut => new FaultReport(
            new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.TimedOut, IsRetryable: true),
            $"Unable to establish connection to {address} ({destination}): no answer within connectTimeoutMs; "
            + $"is the address right, and open to this host?{(isNode ? OfInbound : "")}"),
        _ => new FaultReport(
            new Fault(FaultStage.Connect, FaultParty.Backend, FaultCause.Unreachable, IsRetryable: true),
            $"Unable to establish connection to {address} ({destination}): {Words(result.Error)}{(isNode ? OfInbound : "")}"),
    };

    private const string OfInbound =
        " It is the inbound side of the instance's node: every node that routes there must reach that address (`inbound` of that node).";

    public static FaultReport OfResponse(
        ResponseArrival arrival, IClientExchange client, IPEndPoint address, string destination, string limit)
    {
        string who = $"{address} ({destination})";
        return arrival switch
        {
            ResponseArrival.ClosedBeforeByte => OfHead(
                FaultCause.Closed,
                (client.IsReused ? null : TlsFaults.OfSilence(client.Tls, who)) ?? $"{who} closed the connection without a response."),
            ResponseArrival.Refused => OfHead(FaultCause.Closed, $"{who} refused the request unseen: {client.BrokenBy}."),
            ResponseArrival.Reset => OfHead(FaultCause.Closed, $"{who} gave no response: {client.BrokenBy}.")
                with { GrpcCode = client.ResetCode >= 0 ? GrpcStatus.OfReset(client.ResetCode) : null },
            ResponseArrival.ClosedInHead => OfHead(FaultCause.Closed, $"{who} closed the connection within the head of its response."),
            ResponseArrival.TimedOut => OfHead(FaultCause.TimedOut, $"{who} did not answer in time: {limit}. Is it overloaded?"),
            ResponseArrival.Rejected => OfHead(FaultCause.Rejected, $"{who} sent an invalid response: {RejectReasons.Text(client.Rejection)}."),
            ResponseArrival.Cancelled => ClientGone,
            _ => OfHead(FaultCause.Rejected, $"{who} sent interim responses without end, or switched protocols though nobody asked it to."),
        };
    }

    public static FaultReport OfBody(BodyStatus status, IClientExchange client, string destination)
    {
        FaultCause cause = status switch
        {
            BodyStatus.TimedOut => FaultCause.TimedOut,
            BodyStatus.Rejected => FaultCause.Rejected,
            _ => FaultCause.Closed,
        };
        return new FaultReport(
            new Fault(FaultStage.ResponseBody, FaultParty.Backend, cause),
            $"The response body of {destination} broke off: {Words(status, client.Rejection)}.");
    }

    /// <summary>The client's fault, when it was its body that ended the exchange.</summary>
    public static FaultReport OfUpload(BodyStatus status, IServerExchange server) => status switch
    {
        BodyStatus.Rejected => new FaultReport(
            new Fault(FaultStage.Request, FaultParty.Client, FaultCause.Rejected),
            $"The request body is invalid: {RejectReasons.Text(server.Rejection)}."),
        BodyStatus.TimedOut => new FaultReport(
            new Fault(FaultStage.Request, FaultParty.Client, FaultCause.TimedOut), "The request body did not arrive in time."),
        _ => default,
    };

    private static FaultReport OfHead(FaultCause cause, string text) => new(new Fault(FaultStage.ResponseHead, FaultParty.Backend, cause), text);

    private static string Words(BodyStatus status, RejectReason reason) => status switch
    {
        BodyStatus.TimedOut => "nothing came for too long",
        BodyStatus.Rejected => RejectReasons.Text(reason),
        _ => "the backend closed too early",
    };

    private static string Words(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused; is the program there running, and on this port?",
        SocketError.HostUnreachable => "host unreachable; is the address right, and a route to it there?",
        SocketError.NetworkUnreachable => "network unreachable; has this host a route to it?",
        SocketError.ConnectionReset => "connection reset; does a firewall or a proxy stand before it?",
        SocketError.AddressNotAvailable => "no local port is free; see hostConnectionPool.maxSize and the range of local ports",
        SocketError.TooManyOpenSockets => "this node has no file descriptor left; raise its limit (ulimit -n)",
        SocketError.AccessDenied => "not permitted; does a firewall of this host forbid it?",
        _ => error.ToString(),
    };
}
