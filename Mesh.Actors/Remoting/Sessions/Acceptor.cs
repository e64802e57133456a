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
/// The door for other nodes. Who has not greeted yet may hold a place among <see cref="RemotingSettings.MaxHalfOpen"/>, a hello's bytes, and the
/// time of a handshake; nothing else.
/// </summary>
internal sealed class Acceptor(SessionContext context, SessionTable table)
{
    private Listener? _listener;

    /// <summary>Connections that have not yet agreed.</summary>
    public int HalfOpen { get; private set; }

    /// <summary>Begins to listen; returns the bound port. Any thread.</summary>
    /// <exception cref="RemotingException">The address cannot be bound.</exception>
    public static Listener Listen(EventLoop loop, RemotingSettings settings, Action<AcceptedSocket> accept)
    {
        try
        {
            return loop.Listen(settings.Bind, new ListenerOptions(), accept);
        }
        catch (System.Net.Sockets.SocketException fault)
        {
            throw new RemotingException(
                $"remoting cannot listen on {settings.Bind}: {fault.Message}; free it, or give the cluster another `port`", fault);
        }
    }

    public void Begin(Listener listener) => _listener = listener;

    public void Close() => _listener?.Close();

    public void OnAccepted(AcceptedSocket socket)
    {
        Transport transport = context.Loop.Adopt(socket);
        if (HalfOpen >= context.Settings.MaxHalfOpen)
        {
            context.Counters.HandshakeFailed(SessionEnd.Refused);
            transport.Abort();
            return;
        }

        HalfOpen++;
        new Greeting(this, transport).Begin();
    }

    /// <summary>One accepted connection until its hello.</summary>
    private sealed class Greeting(Acceptor door, Transport accepted) : IConnectionOwner
    {
        private readonly SessionContext _context = door.Context;
        private bool _over;

        public async void Begin()
        {
            try
            {
                await Run();
            }
            catch (Exception bug)
            {
                _context.Log(LogLevel.Error, "a connection from outside failed", bug);
                accepted.Abort();
                Fail(SessionEnd.Broken, bug.Message);
            }
        }

        public void OnMessage(Connection connection, in InboundMessage message)
        {
            if (_over) return;
            try
            {
                if (message.Kind == RemotingKinds.Hello) OnHello(connection, Hello.Parser.ParseFrom(message.Body));
                else connection.End(SessionEnd.Malformed, $"kind {message.Kind} instead of a hello");
            }
            catch (InvalidProtocolBufferException)
            {
                connection.End(SessionEnd.Malformed, "a hello that cannot be read");
            }
        }

        public bool TryWriteNext(Connection connection, OutputBuffer output) => false;

        public void OnEnded(Connection connection, SessionEnd why, string detail) =>
            Fail(detail.StartsWith("TLS:", StringComparison.Ordinal) ? SessionEnd.Untrusted : why, detail);

        public void OnIdle(Connection connection)
        {
        }

        private async Task Run()
        {
            long deadline = LoopTimer.In(SessionContext.Ns(_context.Settings.HandshakeTimeout));
            Transport transport = accepted;
            PeerCertificate? certificate = null;
            if (_context.Certificates is { } files)
            {
                long left = Math.Max(1, deadline - EventLoop.NowNs);
                TlsResult secured = await TlsHandshake.AcceptAsync(transport, () => MutualTls.Server(files.Current()), left);
                if (secured.Transport is null)
                {
                    Fail(secured.TimedOut ? SessionEnd.TimedOut : SessionEnd.Untrusted, secured.Failure!);
                    return;
                }

                (transport, certificate) = (secured.Transport, secured.Peer);
            }

            new Connection(_context, transport, certificate, this).Start(Math.Max(1, deadline - EventLoop.NowNs));
        }

        private void OnHello(Connection connection, Hello hello)
        {
            if (_context.Judge(hello, connection.Certificate, out UniqueAddress? node, out NodeHello? said) is { } refused)
            {
                SessionEnd? why = HandshakeRules.ToSessionEnd(refused.Reason);
                if (node is not null && why is { } reason) door.Table.OnRefused(node.Address, reason, refused.Detail);
                connection.Refuse(refused.Reason, refused.Detail);
                return;
            }

            if (door.Table.IsImpostor(node!))
            {
                connection.Refuse(RefusalReason.RefusalUntrusted, $"another node has greeted as {node!.Uid:x16}");
                return;
            }

            // Who looks for a process that was here before us must not lose its session with us over that.
            bool data = hello.Purpose == Purpose.Data;
            bool former = hello.ExpectedUid != _context.Self.Uid
                && (data || (hello.ExpectedUid != 0 && door.Table.Find(node!) is { Control: not null }));
            if (former) connection.Refuse(RefusalReason.RefusalOtherUid, $"this is {_context.Self}");
            else if (data && !door.Table.HasSession(node!, hello.Session)) connection.Refuse(RefusalReason.RefusalClosed, "no such session");
            else if (door.Table.PrefersOwnDial(node!, data)) connection.Refuse(RefusalReason.RefusalDuplicate, "dialled from here at the same time");
            else Agree(connection, node!, said!, hello);
        }

        private void Agree(Connection connection, UniqueAddress node, NodeHello said, Hello hello)
        {
            _over = true;
            door.HalfOpen--;
            connection.SendNow(RemotingKinds.Hello, _context.Greeting(hello.Session, node.Uid, hello.Purpose));
            if (connection.IsOver) return;
            if (hello.Purpose == Purpose.Data) door.Table.Data.OnDataAccepted(node, connection);
            else door.Table.OnAccepted(connection, node, said, hello.Session);
        }

        private void Fail(SessionEnd why, string detail)
        {
            if (_over) return;
            _over = true;
            door.HalfOpen--;
            _context.Counters.HandshakeFailed(why);
            _context.Log(LogLevel.Debug, $"a connection from outside did not become a session: {detail}");
        }
    }

    private SessionContext Context => context;

    private SessionTable Table => table;
}
