using System.Net;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Sessions;
using Mesh.Wire.Metrics;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Actors.Remoting;

/// <summary>The messenger over Wire's transports: frames, sessions, TLS. See README.md and docs/CLUSTER.md, section Remoting.</summary>
/// <remarks>On the control loop alone, but <see cref="Start"/>, <see cref="CloseAsync"/> and the counters.</remarks>
public sealed class NodeMessenger : INodeMessenger, ISessionEvents
{
    private readonly SessionContext _context;
    private readonly SessionTable _table;
    private readonly Acceptor _acceptor;
    private readonly MessageCatalog _catalog;
    private readonly Dictionary<ushort, Action<UniqueAddress, IMessage>> _handlers = [];
    private readonly Action<LogEvent> _log;

    private NodeMessenger(SessionContext context, MessageCatalog catalog, IPEndPoint bound, Action<LogEvent> log)
    {
        _context = context;
        Bound = bound;
        _catalog = catalog;
        _log = log;
        _table = new SessionTable(context, this);
        _acceptor = new Acceptor(context, _table);
    }

    public event Action<UniqueAddress, NodeHello>? PeerConnected;

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected;

    public UniqueAddress Self => _context.Self;

    /// <summary>Where it listens. Any thread.</summary>
    public IPEndPoint Bound { get; }

    public NodeHello Hello
    {
        get => _context.Hello;
        set => _context.Hello = value;
    }

    /// <summary>Any thread.</summary>
    public RemotingCounters Counters => _context.Counters;

    /// <summary>Processes known: with a session, or with something to send. For tests and displays.</summary>
    internal SessionTable Table => _table;

    internal EventLoopControl Control => _context.Control;

    internal int HalfOpen => _acceptor.HalfOpen;

    /// <summary>Binds, and begins to take sessions; the loop may be started before or after. Any thread.</summary>
    /// <param name="control">Where everything runs.</param>
    /// <param name="system">The actor system's name, part of every address.</param>
    /// <param name="uid">This process: random, not 0.</param>
    /// <param name="hello">What it says of itself.</param>
    /// <param name="catalog">Every message that may cross.</param>
    /// <param name="settings">See there.</param>
    /// <param name="log">Quick, any thread.</param>
    /// <param name="metrics">Where its series live.</param>
    /// <exception cref="RemotingException">The settings are unsafe, a certificate cannot be read, or the address cannot be bound.</exception>
    public static NodeMessenger Start(EventLoopControl control, string system, ulong uid, NodeHello hello, MessageCatalog catalog,
        RemotingSettings settings, Action<LogEvent> log, MetricScope? metrics = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(uid);
        settings.Check();
        CertificateFiles? certificates = settings.Certificates is { } paths ? Load(paths, log) : null;
        NodeMessenger? messenger = null;
        Listener listener = Acceptor.Listen(control.Loop, settings, socket =>
        {
            // Who comes between the bind and the next lines comes again.
            if (Volatile.Read(ref messenger) is { } ready) ready._acceptor.OnAccepted(socket);
            else control.Loop.Adopt(socket).Abort();
        });
        IPEndPoint bound = listener.BoundEndPoint;
        Address address = new(system, settings.AdvertiseHost ?? bound.Address.ToString(), settings.AdvertisePort ?? bound.Port);
        SessionContext context = new(control, settings, new UniqueAddress(address, uid), hello, certificates, log);
        NodeMessenger made = new(context, catalog, bound, log);
        made._acceptor.Begin(listener);
        Volatile.Write(ref messenger, made);
        if (metrics is not null) context.Counters.Expose(metrics, control);
        return made;
    }

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T>
    {
        ushort kind = _catalog.Kinds.FirstOrDefault(each => each.Type == typeof(T)).Number;
        if (kind == 0) throw new ArgumentException($"{typeof(T).Name} is not in the catalog of messages");
        if (!_handlers.TryAdd(kind, (node, message) => handler(node, (T)message)))
            throw new ArgumentException($"{typeof(T).Name} is handled already");
    }

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        ushort kind = _catalog.NumberOf(message);
        if (to.Uid == Self.Uid)
        {
            _context.Control.Post(() => Dispatch(Self, kind, message));
            return true;
        }

        int size = message.CalculateSize();
        if (size > FrameLimits.Of(lane)) return Drop(DropReason.TooBig);
        if (_context.Forgotten.Contains(to.Uid)) return Drop(DropReason.Forgotten);
        if (_table.GetOrAdd(to) is not { } peer) return Drop(DropReason.TooManyPeers);
        if (!peer.Queues[(int)lane].TryAdd(kind, message, size, _context.Now)) return Drop(DropReason.QueueFull);
        _table.Want(peer);
        return true;
    }

    public void Contact(Address to, IMessage message)
    {
        if (to == Self.Address) Drop(DropReason.Myself);
        else if (_table.FindConnected(to) is { } peer) Send(peer.Node, message);
        else if (message.CalculateSize() > FrameLimits.MaxControlBytes) Drop(DropReason.TooBig);
        else _table.Contact(to, message);
    }

    public TimeSpan? SilentFor(UniqueAddress peer) => _table.Find(peer) is { Control: not null } known ? _context.Now - known.LastHeard : null;

    public void Forget(UniqueAddress peer)
    {
        _context.Forgotten.Add(peer.Uid);
        _table.Forget(peer);
    }

    /// <summary>Stops to listen and ends all sessions in order. Any thread; idempotent.</summary>
    public Task CloseAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _context.Control.Post(() =>
        {
            _acceptor.Close();
            _table.CloseAll();
            done.TrySetResult();
        });
        return done.Task;
    }

    void ISessionEvents.OnConnected(UniqueAddress node, NodeHello hello)
    {
        foreach (Action<UniqueAddress, NodeHello> each in Delegate.EnumerateInvocationList(PeerConnected))
            Guard(() => each(node, hello), "PeerConnected");
    }

    void ISessionEvents.OnDisconnected(UniqueAddress node, SessionEnd why)
    {
        foreach (Action<UniqueAddress, SessionEnd> each in Delegate.EnumerateInvocationList(PeerDisconnected))
            Guard(() => each(node, why), "PeerDisconnected");
    }

    void ISessionEvents.OnContactReached(UniqueAddress node, IMessage message) => Send(node, message);

    void ISessionEvents.OnMessage(UniqueAddress node, in InboundMessage message)
    {
        if (_catalog.Find(message.Kind) is not { } parser)
        {
            Drop(DropReason.UnknownKind);
            return;
        }

        IMessage parsed;
        try
        {
            parsed = parser.ParseFrom(message.Body);
        }
        catch (InvalidProtocolBufferException)
        {
            // A message is dropped, not the session: what a newer version means by it is not this version's to judge.
            Drop(DropReason.Unreadable);
            return;
        }

        Dispatch(node, message.Kind, parsed);
    }

    private static CertificateFiles Load(CertificatePaths paths, Action<LogEvent> log)
    {
        try
        {
            return new CertificateFiles(paths, TimeProvider.System, text => log(new LogEvent(LogLevel.Warning, "remoting", text)));
        }
        catch (IOException fault)
        {
            throw new RemotingException($"remoting cannot use its certificates: {fault.Message}", fault);
        }
    }

    private void Dispatch(UniqueAddress node, ushort kind, IMessage message)
    {
        if (_handlers.TryGetValue(kind, out Action<UniqueAddress, IMessage>? handler)) Guard(() => handler(node, message), message.GetType().Name);
        else Drop(DropReason.NoHandler);
    }

    private void Guard(Action call, string what)
    {
        try
        {
            call();
        }
        catch (Exception bug)
        {
            _context.Counters.HandlerFailed();
            _log(new LogEvent(LogLevel.Error, "remoting", $"the handler of {what} failed", bug));
        }
    }

    private bool Drop(DropReason reason)
    {
        _context.Counters.Drop(reason);
        return false;
    }
}
