using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Wire.Buffers;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>
/// One attempt to reach an address: resolve, connect, TLS, greet. Then the connection belongs to the peer that answered, or the attempt failed.
/// </summary>
/// <param name="context">What all share.</param>
/// <param name="table">Is told the end, once, unless the dial was cancelled.</param>
/// <param name="address">Whom to reach.</param>
/// <param name="dataFor">Null: a control connection to whoever listens there.</param>
internal sealed class Dial(SessionContext context, SessionTable table, Address address, Peer? dataFor) : IConnectionOwner
{
    /// <summary>Messages that wait for whoever will answer.</summary>
    public const int MaxContacts = 16;

    private readonly ulong _session = dataFor?.Session ?? context.Control.Random.Next();
    private Connection? _connection;
    private bool _answered;

    public Address Address => address;

    /// <summary>Those who wait for this control connection.</summary>
    public List<Peer> Waiting { get; } = [];

    public List<IMessage> Contacts { get; } = [];

    /// <summary>The process that it greeted; 0 before, and when it greeted whoever listens.</summary>
    public ulong Expected { get; private set; }

    public bool IsOver { get; private set; }

    /// <summary>Our hello is on its way: the other side may already have agreed.</summary>
    public bool HasGreeted => _connection is not null && !IsOver;

    public async void Start()
    {
        try
        {
            await Run();
        }
        catch (Exception bug)
        {
            context.Log(LogLevel.Error, $"dialling {address} failed", bug);
            Fail(SessionEnd.Broken, bug.Message);
        }
    }

    /// <summary>Another connection made this one needless. Nobody is told.</summary>
    public void Cancel()
    {
        IsOver = true;
        _connection?.End(SessionEnd.Closed, "not needed any more");
    }

    public void OnMessage(Connection connection, in InboundMessage message)
    {
        if (IsOver) return;
        _answered = true;
        try
        {
            if (message.Kind == RemotingKinds.Refusal) OnRefusal(connection, Refusal.Parser.ParseFrom(message.Body));
            else if (message.Kind == RemotingKinds.Hello) OnHello(connection, Hello.Parser.ParseFrom(message.Body));
            else connection.End(SessionEnd.Malformed, $"kind {message.Kind} instead of a hello");
        }
        catch (InvalidProtocolBufferException)
        {
            connection.End(SessionEnd.Malformed, "a hello that cannot be read");
        }
    }

    public bool TryWriteNext(Connection connection, OutputBuffer output) => false;

    public void OnIdle(Connection connection)
    {
    }

    public void OnEnded(Connection connection, SessionEnd why, string detail)
    {
        // With TLS 1.3 a server judges our certificate after our own handshake is done, and the framework sends no alert on every system. A node
        // that believed us would have said hello, or why not. Where it closes before it read our hello, its system resets the connection, and the
        // reset may overtake an alert.
        bool unheard = context.Certificates is not null && !_answered && why is SessionEnd.Closed or SessionEnd.Broken;
        if (unheard) detail = $"{detail} after the TLS handshake, without a word: does it trust our certificate? Its log says";
        else if (why is SessionEnd.Closed && !_answered) detail += " without a word: has it `tls`, and this node none?";
        Fail(unheard || detail.StartsWith("TLS:", StringComparison.Ordinal) ? SessionEnd.Untrusted : why, detail);
    }

    private async Task Run()
    {
        long deadline = LoopTimer.In(SessionContext.Ns(context.Settings.HandshakeTimeout));
        IPEndPoint? endpoint = await Resolve();
        if (IsOver) return;
        if (endpoint is null)
        {
            Fail(SessionEnd.Refused, $"{address.Host} has no address");
            return;
        }

        if (context.Certificates is null && !context.Settings.Insecure && !IPAddress.IsLoopback(endpoint.Address))
        {
            Fail(SessionEnd.Untrusted, $"{endpoint} is not dialled without TLS: configure certificates, or say insecure: true");
            return;
        }

        ConnectResult connected = await context.Loop.ConnectAsync(endpoint, Left(deadline));
        if (connected.Transport is not { } transport)
        {
            Fail(connected.Error == SocketError.TimedOut ? SessionEnd.TimedOut : SessionEnd.Refused, $"{endpoint}: {connected.Error}");
            return;
        }

        if (IsOver)
        {
            transport.Abort();
            return;
        }

        PeerCertificate? certificate = null;
        if (context.Certificates is { } files)
        {
            TlsResult secured = await TlsHandshake.ConnectAsync(transport, () => MutualTls.Client(files.Current(), address.Host!), Left(deadline));
            if (secured.Transport is null)
            {
                Fail(
                    secured.TimedOut ? SessionEnd.TimedOut : SessionEnd.Untrusted,
                    $"{secured.Failure} Its certificate must come from `caCertPath`, be made for servers and be in date");
                return;
            }

            (transport, certificate) = (secured.Transport, secured.Peer);
        }

        Greet(transport, certificate, Left(deadline));
    }

    private void Greet(Transport transport, PeerCertificate? certificate, long leftNs)
    {
        if (IsOver)
        {
            transport.Abort();
            return;
        }

        _connection = new Connection(context, transport, certificate, this);
        Expected = dataFor?.Node.Uid ?? (Waiting.Count > 0 && Contacts.Count == 0 ? Waiting[0].Node.Uid : 0);
        Purpose purpose = dataFor is null ? Purpose.Control : Purpose.Data;
        _connection.SendNow(RemotingKinds.Hello, context.Greeting(_session, Expected, purpose));
        if (!_connection.IsOver) _connection.Start(leftNs);
    }

    private async Task<IPEndPoint?> Resolve()
    {
        int port = address.Port ?? 0;
        if (address.Host is not { } host || port == 0) return null;
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? literal)) return new IPEndPoint(literal, port);
        try
        {
            using CancellationTokenSource cut = new(context.Settings.HandshakeTimeout);
            IPAddress[] found = await Dns.GetHostAddressesAsync(host, cut.Token);
            IPAddress[] fourth = [.. found.Where(each => each.AddressFamily == AddressFamily.InterNetwork)];
            if (fourth.Length > 0) found = fourth;
            // Any of them, each attempt another: one that is dead must not hide the others. A session's data goes the way of its control.
            return found.Length == 0 ? null : new IPEndPoint(found[(int)(_session % (ulong)found.Length)], port);
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ArgumentException)
        {
            return null;
        }
    }

    private static long Left(long deadline) => Math.Max(1, deadline - EventLoop.NowNs);

    private void OnHello(Connection connection, Hello hello)
    {
        if (context.Judge(hello, connection.Certificate, out UniqueAddress? node, out NodeHello? said) is { } refused)
        {
            connection.Refuse(refused.Reason, refused.Detail);
            return;
        }

        if (hello.Session != _session || table.IsImpostor(node!) || (dataFor is not null && dataFor.Node.Uid != hello.Uid))
        {
            connection.End(SessionEnd.OtherUid, "another process answered");
            return;
        }

        IsOver = true;
        if (dataFor is null) table.OnDialled(this, connection, node!, said!, _session);
        else table.Data.OnDataOpen(dataFor, connection, dialledHere: true);
    }

    private void OnRefusal(Connection connection, Refusal refusal)
    {
        if (HandshakeRules.ToSessionEnd(refusal.Reason) is { } why)
        {
            connection.End(why, refusal.Detail);
            return;
        }

        IsOver = true;
        connection.End(SessionEnd.Closed, refusal.Detail);
        if (refusal.Reason == RefusalReason.RefusalDuplicate) table.OnDuplicate(this, dataFor);
        else table.OnDialFailed(this, dataFor, null, refusal.Detail);
    }

    private void Fail(SessionEnd why, string detail)
    {
        if (IsOver) return;
        IsOver = true;
        table.OnDialFailed(this, dataFor, why, detail);
    }
}
