using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Sharding;

namespace Mesh.Routing.Routes;

/// <summary>The one place in the cluster where a namespace is changed: judges by <see cref="RouteBook"/>, stores, publishes, answers.</summary>
/// <remarks>
/// It publishes when it has recovered too: the node that had it before may have died between the journal and the table. One without a namespace
/// (deleted, or only asked for) goes after a while, so that names which somebody made up do not stay.
/// </remarks>
internal sealed class RouteEntity : PersistentActor
{
    public const string TypeName = "routes";

    private static readonly TimeSpan s_emptyLife = TimeSpan.FromSeconds(30);

    private readonly EntityContext _place;
    private readonly Action<string, long, RouteBook> _publish;
    private RouteBook _book = RouteBook.Empty;

    /// <param name="persistence">Where events go.</param>
    /// <param name="place">Its id is the namespace's name.</param>
    /// <param name="publish">Takes name, epoch and book; any thread.</param>
    public RouteEntity(PersistenceExtension persistence, EntityContext place, Action<string, long, RouteBook> publish)
        : base(persistence)
    {
        (_place, _publish) = (place, publish);
        Recover<SnapshotOffer>(offer => _book = (RouteBook)offer.State);
        Recover<RouteChange>(change => _book = _book.After(change));
        Recover<RecoveryCompleted>(_ => Publish());
        Command<RouteCommand>(OnCommand);
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
            Sender.Tell(new RouteAnswer(verdict.Result), Self);
            return;
        }

        Persist(verdict.Change, change =>
        {
            _book = _book.After(change);
            Publish();
            if (LastSequenceNr % RouteLimits.ChangesPerSnapshot == 0)
            {
                SaveSnapshot(_book);
                DeleteEvents(LastSequenceNr);
            }

            Sender.Tell(new RouteAnswer(verdict.Result), Self);
        });
    }

    private RouteHistory Answer(RouteHistoryQuestion question) => question.Version == 0
        ? new RouteHistory([.. _book.History.Select(static change => change with { Dtab = null, Policies = null })])
        : new RouteHistory([.. _book.History.Where(change => change.Version == question.Version)]);

    private void Publish() => _publish(_place.EntityId, _place.Fence.Epoch, _book);

    private void OnIdle()
    {
        if (_book.Dtab is null) Context.Parent.Tell(new Passivate(), Self);
    }
}
