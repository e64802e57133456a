using System.Collections.Concurrent;
using Mesh.Actors;
using Mesh.Actors.Events;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class AsyncAndAskTests
{
    private readonly World _world = new();
    private readonly TaskCompletionSource _gate = new();

    private IActorRef StartWaiting() => _world.Start("a", a => a.OnAsync<int>(async number =>
    {
        a.Note($"before {number}");
        await _gate.Task;
        a.Note($"after {number}");
        a.Place.Sender.Tell("done");
    }));

    [Fact]
    public void ReceiveAsync_LetsNoOtherMessageIn_AndKeepsTheSender()
    {
        IActorRef asker = _world.Start("asker", _ => { });
        IActorRef actor = StartWaiting();
        _world.Notes.Clear();
        actor.Tell(1, asker);
        actor.Tell("other", null);
        _world.Run();
        Assert.Equal(["a:before 1"], _world.Notes);

        _gate.SetResult();
        _world.Run();

        Assert.Equal(["a:before 1", "a:after 1", "a:other", "asker:done"], _world.Notes);
    }

    [Fact]
    public void ReceiveAsync_ThatThrowsAfterTheAwait_FailsTheActor()
    {
        IActorRef actor = StartWaiting();
        _world.Tell(actor, 1);

        _gate.SetException(new FormatException("bad answer"));
        _world.Run();
        _world.Tell(actor, "next");

        Assert.Contains("a:PostRestart", _world.Notes);
        Assert.Equal("a:next", _world.Notes[^1]);
        Assert.Contains(_world.Log, entry => entry.Message.Contains("Int32", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_DuringAnAwait_CancelsStopping_AndWaitsForTheHandler()
    {
        ConcurrentQueue<string> notes = [];
        await using ActorSystem system = ActorSystem.Create("threads", new ActorSystemOptions { LogSink = entry => notes.Enqueue(entry.Message) });
        var waiting = new TaskCompletionSource();
        IActorRef actor = system.ActorOf(Props.Create(() => new EndlessActor(notes, waiting)));
        actor.Tell(1, null);
        await waiting.Task.WaitAsync(TimeSpan.FromSeconds(30));

        system.Stop(actor);
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(30));

        // The handler ended by the cancellation, as it was meant to: that is no failure, and PostStop came after it.
        Assert.Equal(["handler ended", "stopped"], notes.Where(note => !note.StartsWith("shutting down", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Stopping_FirstReadAfterTheStopWasAsked_IsCancelled()
    {
        ConcurrentQueue<string> notes = [];
        await using ActorSystem system = ActorSystem.Create("threads", new ActorSystemOptions { LogSink = entry => notes.Enqueue(entry.Message) });
        var waiting = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        IActorRef actor = system.ActorOf(Props.Create(() => new EndlessActor(notes, waiting, gate.Task, stopped)));
        actor.Tell(1, null);
        await waiting.Task.WaitAsync(TimeSpan.FromSeconds(30));

        system.Stop(actor);
        gate.SetResult();
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["handler ended", "stopped"], notes);
    }

    [Fact]
    public async Task Ask_ReturnsTheAnswer()
    {
        IActorRef echo = _world.Start("echo", e => e.On<int>(number => e.Place.Sender.Tell(number + 1)));

        Task<int> answer = echo.Ask<int>(41, TimeSpan.FromSeconds(1));
        _world.Run();

        Assert.Equal(42, await answer);
        Assert.Equal(0, _world.Time.Armed);
    }

    [Fact]
    public async Task Ask_WithoutAnswer_TimesOut_ALateAnswerIsADeadLetter()
    {
        IActorRef? asker = null;
        IActorRef silent = _world.Start("silent", s => s.On<int>(_ => asker = s.Place.Sender));
        Collector letters = _world.Listen<DeadLetter>();
        Task<int> answer = silent.Ask<int>(1, TimeSpan.FromSeconds(3));
        _world.Run();

        _world.Advance(3);
        asker!.Tell(5, null);
        _world.Run();

        await Assert.ThrowsAsync<AskTimeoutException>(() => answer);
        Assert.Equal(DeadLetterReason.AskOver, Assert.IsType<DeadLetter>(Assert.Single(letters.Seen)).Reason);
    }

    [Fact]
    public async Task Ask_AnsweredByFailure_ThrowsItsCause()
    {
        IActorRef actor = _world.Start("a", a => a.On<int>(_ => a.Place.Sender.Tell(new Status.Failure(new FormatException("no")))));

        Task<string> answer = actor.Ask<string>(1, TimeSpan.FromSeconds(1));
        _world.Run();

        await Assert.ThrowsAsync<FormatException>(() => answer);
    }

    [Fact]
    public async Task Ask_AnsweredByAnotherType_SaysSo()
    {
        IActorRef actor = _world.Start("a", a => a.On<int>(_ => a.Place.Sender.Tell("text")));

        Task<int> answer = actor.Ask<int>(1, TimeSpan.FromSeconds(1));
        _world.Run();

        await Assert.ThrowsAsync<InvalidCastException>(() => answer);
    }

    [Fact]
    public async Task Ask_Cancelled_EndsAtOnce()
    {
        using var cancel = new CancellationTokenSource();
        IActorRef silent = _world.Start("silent", s => s.On<int>(_ => { }));
        Task<int> answer = silent.Ask<int>(1, TimeSpan.FromSeconds(3), cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Equal(0, _world.Time.Armed);
    }

    [Fact]
    public void PipeTo_DeliversTheResultAsAMessage()
    {
        var source = new TaskCompletionSource<string>();
        IActorRef actor = _world.Start("a", _ => { });
        _ = source.Task.PipeTo(actor);

        source.SetResult("arrived");
        _world.Run();

        Assert.Equal("a:arrived", _world.Notes[^1]);
    }

    private sealed class EndlessActor : ReceiveActor
    {
        private readonly ConcurrentQueue<string> _notes;
        private readonly TaskCompletionSource? _stopped;

        public EndlessActor(ConcurrentQueue<string> notes, TaskCompletionSource waiting, Task? gate = null, TaskCompletionSource? stopped = null)
        {
            _notes = notes;
            _stopped = stopped;
            ReceiveAsync<int>(async _ =>
            {
                try
                {
                    if (gate is not null)
                    {
                        waiting.SetResult();
                        await gate;
                    }

                    Task never = new TaskCompletionSource().Task.WaitAsync(Context.Stopping);
                    waiting.TrySetResult();
                    await never;
                }
                finally
                {
                    notes.Enqueue("handler ended");
                }
            });
        }

        protected override void PostStop()
        {
            _notes.Enqueue("stopped");
            _stopped?.SetResult();
        }
    }
}
