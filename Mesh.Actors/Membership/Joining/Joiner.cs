using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Membership.Spreading;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Joining;

/// <summary>Brings a node into its cluster: asks seeds, joins the first that answers for one, or helps to found it.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class Joiner
{
    /// <summary>How long a candidate's word counts.</summary>
    private static readonly TimeSpan WordLife = TimeSpan.FromSeconds(3);

    /// <summary>Time between two rounds of questions while a founding is likely.</summary>
    private static readonly TimeSpan Brisk = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a founding is likely after the start.</summary>
    private static readonly TimeSpan BriskFor = TimeSpan.FromSeconds(10);

    private readonly MembershipCore _core;
    private readonly Spreader _spreader;
    private readonly Doorkeeper _door;
    private readonly MembershipStore _store;
    private readonly SeedList _seeds;
    private readonly Candidates _candidates;
    private readonly WaitingNote _waiting;
    private Memory _memory = Memory.None;
    private ControlTimer? _round;
    private ControlTimer? _joinTimeout;
    private TimeSpan _began;
    private TimeSpan? _quorumSince;
    private TimeSpan _pause = TimeSpan.FromSeconds(1);
    private TimeSpan _notBefore;
    private bool _saving;
    private bool _mayFound;
    private int _rounds;

    public Joiner(MembershipCore core, Spreader spreader, Doorkeeper door, MembershipStore store, ISeedSource source)
    {
        (_core, _spreader, _door, _store) = (core, spreader, door, store);
        _seeds = new SeedList(core, source);
        _waiting = new WaitingNote(core);
        _candidates = new Candidates(core, WordLife);
        INodeMessenger messenger = core.Services.Messenger;
        messenger.Handle<InitJoin>(OnInitJoin);
        messenger.Handle<InitJoinAck>(OnInitJoinAck);
        messenger.Handle<JoinRefused>(OnRefused);
        messenger.Handle<Welcome>(OnWelcome);
    }

    /// <summary>The node is in: the cluster was founded, or it was welcomed.</summary>
    public event Action? Entered;

    /// <summary>What the node waits for, one line; empty once it is in.</summary>
    public string Waiting => _waiting.Text;

    /// <summary>
    /// This node, in this or an earlier life, proposed the id of the cluster that it is in. Exactly one node ever did, whoever entered it
    /// first: others that had agreed may found under that id again when the proposer dies at once, and it may come back.
    /// </summary>
    public bool IsFounder => _memory.Founded is { } founded && founded == _core.ClusterId;

    public SeedList Seeds => _seeds;

    private UniqueAddress Self => _core.Self;

    private bool IsSearching => !_core.IsMember && !_core.HasEnded;

    private bool IsCore => _core.Facts.Roles.Items.Contains(Member.CoreRole);

    public void Start()
    {
        _began = _core.Loop.Now;
        _store.Load(memory => Begin(memory, mayFound: true), error =>
        {
            _core.Log(LogLevel.Error, $"membership's memory cannot be read, so this node founds no cluster: {error.Message}");
            Begin(Memory.None, mayFound: false);
        });
    }

    public void Stop()
    {
        _round?.Cancel();
        _joinTimeout?.Cancel();
    }

    /// <summary>Founds the cluster alone, under the id that is known or a new one: for an operator who knows that no other lives.</summary>
    public void ForceFound()
    {
        if (IsSearching) SaveAndFound(_memory.ClusterId ?? ClusterIds.New(ref _core.Loop.Random), forced: true);
    }

    private void Begin(Memory memory, bool mayFound)
    {
        if (_core.HasEnded) return;
        (_memory, _mayFound) = (memory, mayFound);
        _core.Incarnation = Math.Max(_core.Incarnation, memory.Incarnation + 1);
        if (mayFound) _store.SaveIncarnation(_core.Incarnation);
        if (memory is { ClusterId: { } id, Pledged: false }) _core.Services.Messenger.Hello = _core.Services.Messenger.Hello with { ClusterId = id };
        Round();
    }

    private void Round()
    {
        _round = null;
        if (!IsSearching) return;
        _seeds.Refresh(() =>
        {
            if (IsSearching) Ask();
        });
        Ask();
        Consider();
        if (!IsSearching) return;
        bool candidate = IsCore && _core.Settings.BootstrapExpect > 0;
        if (candidate) _pause = _core.Loop.Now - _began < BriskFor ? Brisk : TimeSpan.FromSeconds(1);
        _round = _core.Loop.After(_pause * (0.75 + (0.5 * _core.Loop.Random.NextDouble())), Round);
        TimeSpan longer = _pause * 1.5;
        if (!candidate) _pause = longer < _core.Settings.JoinRetry ? longer : _core.Settings.JoinRetry;
    }

    /// <summary>Asks the seeds each round, and remembered members, which are hints only, each fifth.</summary>
    private void Ask()
    {
        var message = new InitJoin { Candidate = _candidates.Tell(SelfWord()) };
        bool also = _rounds++ % 5 == 0 && !_memory.Pledged;
        foreach (Address address in _seeds.Others(also ? _memory.Contacts : [])) _core.Services.Messenger.Contact(address, message);
    }

    private CandidateWord SelfWord() => new(
        Self, _memory.ClusterId, _memory.Pledged, IsCore, _seeds.HasSelf, _mayFound ? _core.Settings.BootstrapExpect : 0, _candidates.Lately());

    /// <summary>Whether it is time to found the cluster, and for this node to do it.</summary>
    private void Consider()
    {
        if (_saving || !IsSearching || _joinTimeout is not null) return;
        if (_seeds.Count == 0 && _core.Settings.BootstrapExpect > 1) return;
        TimeSpan now = _core.Loop.Now, inQuorum = _quorumSince is { } since ? now - since : TimeSpan.Zero;
        CandidateWord self = SelfWord();
        bool mayBegin = self.IsSeed || self.ClusterId is not null || (_seeds.Count == 0 && self.Expect == 1);
        if (!mayBegin) self = self with { Expect = 0 };
        var view = new BootstrapView(self, _candidates.Words(), _seeds.Count, _seeds.IsSelfLowest, _memory.CoreCount, inQuorum);
        BootstrapDecision decision = BootstrapRule.Decide(view, _core.Settings);
        if (decision.Step == BootstrapStep.Wait) _quorumSince = null;
        else _quorumSince ??= now;
        _waiting.Say(decision.Step == BootstrapStep.Wait ? $"{decision.Reason}; {_seeds}" : decision.Reason);
        if (decision.Step == BootstrapStep.Pledge) Pledge(decision.Id ?? ClusterIds.New(ref _core.Loop.Random), isOwn: decision.Id is null);
        else if (decision.Step == BootstrapStep.Found) SaveAndFound(decision.Id!);
    }

    private void Pledge(string id, bool isOwn)
    {
        _saving = true;
        bool pledged = _memory.ClusterId != id || _memory.Pledged;
        if (isOwn) _store.SaveFounded(id, pledged, Saved, Failed);
        else _store.SaveClusterId(id, pledged, Saved, Failed);

        void Saved()
        {
            _saving = false;
            _memory = _memory with { ClusterId = id, Pledged = pledged, Founded = isOwn ? id : _memory.Founded };
            if (!IsSearching) return;
            Ask();
            Consider();
        }

        void Failed() => _saving = false;
    }

    private void SaveAndFound(string id, bool forced = false)
    {
        if (_saving) return;
        _saving = true;
        bool claims = forced && (_memory.ClusterId != id || _memory.Pledged);
        if (claims) _store.SaveFounded(id, pledged: false, Found, Failed);
        else _store.SaveClusterId(id, pledged: false, Found, Failed);

        void Found()
        {
            _saving = false;
            _memory = _memory with { ClusterId = id, Pledged = false, Founded = claims ? id : _memory.Founded };
            if (!IsSearching) return;
            _core.Log(LogLevel.Info, $"founds cluster {id}");
            Enter(id, null);
        }

        void Failed() => _saving = false;
    }

    private void Enter(string id, UniqueAddress? welcomedBy)
    {
        Stop();
        _round = _joinTimeout = null;
        _core.Enter(id);
        _core.Accept(welcomedBy is null ? _core.NewSelf(MemberStatus.Up, 1) : _core.NewSelf(MemberStatus.Joining, Member.NotUp), Self.Uid);
        _waiting.Clear();
        _core.Commit(now: true);
        Entered?.Invoke();
        foreach (UniqueAddress asker in _candidates.TakeAskers()) Answer(asker);
    }

    private void OnInitJoin(UniqueAddress from, InitJoin message)
    {
        _core.Counters.MessagesReceived++;
        if (_core.HasEnded || _candidates.Read(from, message.Candidate) is not { } word) return;
        string? id = word.Pledged ? null : word.ClusterId;
        JoinRefused? refusal = _door.Check(message.Candidate.ClusterName, _core.IsMember ? id : null, message.Candidate.ConfigHash);
        if (refusal is not null)
        {
            _core.Counters.JoinsRefused++;
            _spreader.Send(from, refusal);
            return;
        }

        if (IsSearching)
        {
            _candidates.Hear(word);
            _candidates.AddAsker(from);
        }

        Answer(from);
        if (IsSearching) Consider();
    }

    private void Answer(UniqueAddress to)
    {
        CandidateWord word = _core.IsMember ? SelfWord() with { ClusterId = _core.ClusterId, Pledged = false } : SelfWord();
        _spreader.Send(to, new InitJoinAck
        {
            Candidate = _candidates.Tell(word), Member = _core.IsMember, HasLeader = _door.IsOpen,
            CoreMember = _core.SelfRecord is { IsCore: true } && _core.IsMember,
        });
    }

    private void OnInitJoinAck(UniqueAddress from, InitJoinAck message)
    {
        _core.Counters.MessagesReceived++;
        if (!IsSearching || _candidates.Read(from, message.Candidate) is not { } read) return;
        CandidateWord word = read with { IsMember = message.Member, HasLeader = message.HasLeader, IsCoreMember = message.CoreMember };
        if (word.IsMember && !_memory.Pledged && _memory.ClusterId is { } id && word.ClusterId != id)
        {
            _waiting.Say($"{from} is of cluster {word.ClusterId}; this node's state belongs to {id} and must be cleared before it can move");
            return;
        }

        _candidates.Hear(word);
        if (word.IsMember && word.HasLeader) Join(from);
        else Consider();
    }

    private void Join(UniqueAddress member)
    {
        if (_joinTimeout is not null || _saving || _core.Loop.Now < _notBefore) return;
        _waiting.Say($"joins through {member}");
        NodeHello hello = _core.Services.Messenger.Hello;
        _spreader.Send(member, new Join
        {
            Member = _core.NewSelf(MemberStatus.Joining, Member.NotUp).Wire, ClusterName = hello.ClusterName, ConfigHash = hello.ConfigHash,
            ClusterId = _memory.Pledged ? "" : _memory.ClusterId ?? "",
        });
        _joinTimeout = _core.Loop.After(_core.Settings.SeedTimeout, () => _joinTimeout = null);
    }

    private void OnRefused(UniqueAddress from, JoinRefused message)
    {
        _core.Counters.MessagesReceived++;
        if (!IsSearching) return;
        _joinTimeout?.Cancel();
        _joinTimeout = null;
        var reason = (JoinRefusal)message.Reason;
        if (reason == JoinRefusal.Removed)
        {
            _core.End(downed: true, message.Text);
            return;
        }

        bool soon = reason is JoinRefusal.OldProcess or JoinRefusal.NotReady;
        TimeSpan pause = soon ? TimeSpan.FromMilliseconds(500) : _core.Settings.JoinRetry;
        _notBefore = _core.Loop.Now + (pause * (0.5 + _core.Loop.Random.NextDouble()));
        if (soon) _pause = TimeSpan.FromSeconds(1);
        _waiting.Say($"{from} refuses: {message.Text}", soon ? LogLevel.Info : LogLevel.Error);
    }

    private void OnWelcome(UniqueAddress from, Welcome message)
    {
        _core.Counters.MessagesReceived++;
        if (!IsSearching || message.Records is null || message.ClusterId.Length is 0 or > WireRecords.MaxTextLength) return;
        if (!_memory.Pledged && _memory.ClusterId is { } id && message.ClusterId != id) return;
        if (message.ClusterId != _memory.ClusterId || _memory.Pledged) _store.SaveClusterId(message.ClusterId, pledged: false, () => { }, () => { });
        _memory = _memory with { ClusterId = message.ClusterId, Pledged = false };
        _core.Log(LogLevel.Info, $"joined cluster {message.ClusterId} through {from}");
        Enter(message.ClusterId, from);
        _spreader.Apply(from, message.Records);
        _core.Commit(now: true);
    }
}
