using System.Collections.Concurrent;
using Mesh.Actors.Journals;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>The contract on three nodes of a world whose time passes only while somebody waits.</summary>
public sealed class QuorumJournalStoreTests : JournalContract
{
    protected override Task<JournalBed> Open() => Task.FromResult<JournalBed>(new QuorumBed());

    private sealed class QuorumBed : JournalBed
    {
        private const double Slice = 0.005;

        private readonly BlockingCollection<Action> _inbox = [];
        private readonly World _world = GroupTests.Settled(42, 3);
        private readonly Thread _thread;
        private Exception? _broken;

        public QuorumBed()
        {
            _world.Inbox = _inbox;
            _world.MostDelayMs = 2;
            _thread = new Thread(Work) { IsBackground = true, Name = "quorum world" };
            _thread.Start();
        }

        /// <summary>A node's that does not lead: every call is forwarded.</summary>
        public override IJournalStore Store => _world.Nodes.First(node => node != _world.Leader).Store!;

        public override Task PassTime(TimeSpan time) => Do(() => _world.Run(time.TotalSeconds));

        public override Task Restart() => Do(() =>
        {
            foreach (WorldNode node in _world.Nodes) node.Crash();
            foreach (WorldNode node in _world.Nodes) node.Start();
            _world.Eventually(_world.IsSettled, "the group did not come back");
        });

        public override ValueTask DisposeAsync()
        {
            _inbox.CompleteAdding();
            _thread.Join();
            _inbox.Dispose();
            return _broken is null ? default : ValueTask.FromException(_broken);
        }

        private Task Do(Action action)
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _inbox.Add(() =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
                catch (Exception failed)
                {
                    done.SetException(failed);
                }
            });
            return done.Task;
        }

        private void Work()
        {
            _world.ThreadId = Environment.CurrentManagedThreadId;
            try
            {
                foreach (Action action in _inbox.GetConsumingEnumerable())
                {
                    action();
                    do _world.Run(Slice);
                    while (_world.Nodes.Any(node => node.Quorum!.Client.IsBusy) || _world.Leader is null);
                }
            }
            catch (InvalidOperationException broken)
            {
                _broken = broken;
            }
        }
    }
}
