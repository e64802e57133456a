using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Sharding;
using Mesh.Actors.Tables;

namespace Mesh.Routing.Routes;

/// <summary>The one place in the cluster where a namespace is changed: judges by <see cref="RouteBook"/>, stores, publishes, answers.</summary>
/// <remarks>
/// It publishes when it has recovered too: the node that had it before may have died between the journal and the table. A change is answered when
/// the table took it: what only the journal has, no router obeys. Where the table knows later epochs, of a journal that was lost, a change (and
/// nothing less) lifts the owner above them. One without a namespace (deleted, or only asked for) goes after a while, so that names which somebody
/// made up do not stay.
/// </remarks>
internal sealed class RouteEntity : PersistentActor
{
    public const string TypeName = "routes";

    private static readonly TimeSpan s_emptyLife = TimeSpan.FromSeconds(30);

    private readonly EntityContext _place;
    private readonly PublishRoutes _publish;
    private RouteBook _book = RouteBook.Empty;

    /// <param name="persistence">Where events go.</param>
    /// <param name="place">Its id is the namespace's name.</param>
    /// <param name="publish">Writes the book into the fleet's table.</param>
    public RouteEntity(PersistenceExtension persistence, EntityContext place, PublishRoutes publish)
        : base(persistence)
    {
        (_place, _publish) = (place, publish);
        Recover<SnapshotOffer>(offer => _book = (RouteBook)offer.State);
        Recover<RouteChange>(change => _book = _book.After(change));
        Recover<RouteLift>(lift => _book = _book.After(lift));
        Recover<RecoveryCompleted>(_ => Publish(static _ => { }));
        Command<RouteCommand>(OnCommand);
        Command<Published>(OnPublished);
        Command<RouteHistoryQuestion>(question => Sender.Tell(Answer(question), Self));
        Command<ReceiveTimeout>(_ => OnIdle());
    }

    public override string PersistenceId => $"{TypeName}-{_place.EntityId}";

    protected override Fence? Fence => _place.Fence;

    protected override void PreStart()
    {
        Context.SetReceiveTimeout(s_emptyLife);
        base.PreStart();
    }

    protected override void OnPersistFailure(Exception cause, object @event)
    {
        base.OnPersistFailure(cause, @event);
        Sender.Tell(new Status.Failure(new InvalidOperationException($"the namespace is moving to another node: {cause.Message}")), Self);
    }

    private void OnCommand(RouteCommand command)
    {
        RouteVerdict verdict = _book.Judge(command);
        if (verdict.Change is null)
        {
            // What was done before may not have come to the table, and is why it is asked for again.
            if (verdict.Result is RouteResult.Changed) PublishThenAnswer(verdict.Result, isLifted: false);
            else Sender.Tell(new RouteAnswer(verdict.Result), Self);
            return;
        }

        Persist(verdict.Change, change =>
        {
            _book = _book.After(change);
            if (LastSequenceNr % RouteLimits.ChangesPerSnapshot == 0)
            {
                SaveSnapshot(_book);
                DeleteEvents(LastSequenceNr);
            }

            PublishThenAnswer(verdict.Result, isLifted: false);
        });
    }

    private void PublishThenAnswer(RouteResult result, bool isLifted)
    {
        (IActorRef self, IActorRef asker) = (Self, Sender);
        Publish(outcome => self.Tell(new Published(result, outcome, isLifted), asker));
    }

    /// <remarks>
    /// An outdated epoch is a later owner's, who has read this change in the journal and published it, or of a journal that was lost. The journal
    /// knows which: it takes no lift from a former owner.
    /// </remarks>
    private void OnPublished(Published published)
    {
        (RouteResult result, PublishOutcome outcome, bool isLifted) = published;
        if (outcome.IsThere)
        {
            Sender.Tell(new RouteAnswer(result), Self);
        }
        else if (outcome.Result == WriteResult.Outdated && !isLifted)
        {
            long lift = Math.Max(_book.Lift, checked((long)outcome.Epoch) + 1 - _place.Fence.Epoch);
            Persist(new RouteLift(lift), stored =>
            {
                _book = _book.After(stored);
                PublishThenAnswer(result, isLifted: true);
            });
        }
        else
        {
            long version = (result as RouteResult.Changed)?.Version ?? _book.Version;
            Sender.Tell(
                new RouteAnswer(new RouteResult.Unavailable($"version {version} is in the journal, but no node has it: {outcome.Reason}")), Self);
        }
    }

    private RouteHistory Answer(RouteHistoryQuestion question) => question.Version == 0
        ? new RouteHistory([.. _book.History.Select(static change => change with { Dtab = null, Policies = null })])
        : new RouteHistory([.. _book.History.Where(change => change.Version == question.Version)]);

    private void Publish(Action<PublishOutcome> then) => _publish(_place.EntityId, _book.Lift + _place.Fence.Epoch, _book, then);

    private void OnIdle()
    {
        if (_book.Dtab is null) Context.Parent.Tell(new Passivate(), Self);
    }

    /// <summary>What the table said; its sender is who asked for the change.</summary>
    private sealed record Published(RouteResult Result, PublishOutcome Outcome, bool IsLifted);
}
