using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Protocol;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>A node with nothing but its loop and its messenger, on loopback; what happens to it is awaited by its notes.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static readonly NodeHello PlainHello = new("test", null, "node", ["core"], "1.0", 1, 1, 7);

    private readonly Channel<string> _notes = Channel.CreateUnbounded<string>();

    public TestNode(ulong uid, RemotingSettings? settings = null, NodeHello? hello = null, bool handleEnvelopes = true)
    {
        Control = new EventLoopControl(uid, TimeProvider.System, bug => Bugs.Enqueue(bug));
        MessageCatalog catalog = new([.. RemotingKinds.All]);
        settings ??= new RemotingSettings();
        Messenger = NodeMessenger.Start(Control, "test", uid, hello ?? PlainHello, catalog, settings, Log.Enqueue);
        Messenger.PeerConnected += (node, _) => Note($"+{node.Uid}");
        Messenger.PeerDisconnected += (node, why) => Note($"-{node.Uid} {why}");
        if (handleEnvelopes) Messenger.Handle<ActorEnvelope>((node, message) =>
        {
            if (message.Manifest == "throw") throw new InvalidOperationException("a handler's bug");
            Note(message.Payload.Length == 0 ? $"{node.Uid}:{message.Manifest}" : $"{node.Uid}:{message.Manifest}/{message.Payload.Length}");
        });
        Control.Start();
    }

    public EventLoopControl Control { get; }

    public NodeMessenger Messenger { get; }

    public UniqueAddress Self => Messenger.Self;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, Self.Address.Port!.Value);

    public ConcurrentQueue<Exception> Bugs { get; } = [];

    public ConcurrentQueue<LogEvent> Log { get; } = [];

    public static ActorEnvelope Message(string text, int bytes = 0) =>
        new() { Manifest = text, Payload = bytes == 0 ? ByteString.Empty : ByteString.CopyFrom(new byte[bytes]) };

    public Task<T> On<T>(Func<T> call)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Control.Post(() =>
        {
            try
            {
                done.SetResult(call());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        });
        return done.Task.WaitAsync(Patience);
    }

    public Task On(Action call) => On(() =>
    {
        call();
        return true;
    });

    public Task<bool> Send(TestNode to, string text, Lane lane = Lane.Control, int bytes = 0) =>
        On(() => Messenger.Send(to.Self, Message(text, bytes), lane));

    /// <summary>The next note; it must be that one.</summary>
    public async Task Expect(params string[] notes)
    {
        foreach (string note in notes) Assert.Equal(note, await Next());
    }

    /// <summary>Skips notes until that one comes.</summary>
    public async Task Until(string note)
    {
        while (await Next() != note)
        {
        }
    }

    public async Task<string> Next()
    {
        using CancellationTokenSource cut = new(Patience);
        return await _notes.Reader.ReadAsync(cut.Token);
    }

    /// <summary>Looks on the loop until it is so.</summary>
    public async Task Eventually(Func<bool> isSo)
    {
        using CancellationTokenSource cut = new(Patience);
        while (!await On(isSo)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cut.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Messenger.CloseAsync().WaitAsync(Patience);
        await Control.DisposeAsync();
        Assert.Empty(Bugs);
    }

    private void Note(string text) => _notes.Writer.TryWrite(text);
}
