using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Quorum.Requests;

/// <summary>
/// The leader's counter: takes commands and questions of all nodes, and answers when they are committed and applied. No write is taken late: a
/// request names the term that it was meant for, and the lowest write that its sender still waits for. And a question waits for what its sender wrote
/// before. So whatever a caller gave up as unknown is applied before its next question is answered, or never comes.
/// </summary>
internal sealed class QuorumServer(
    ControlLoop loop, MachineHost machine, Func<RaftDriver> driver, Func<QuorumAddress?> leader, Action<UniqueAddress, QuorumReply> reply)
{
    /// <summary>Callers remembered; they are nodes of the cluster, and a term forgets them.</summary>
    public const int MaxCallers = 16_384;

    private const string UnknownCommand = "the leader's version does not know this command: update it";

    private readonly SortedDictionary<long, Ticket> _writes = [];
    private readonly SortedDictionary<long, (Ticket Ticket, ByteString Query, long After)> _reads = [];
    private readonly PriorityQueue<(Ticket Ticket, ByteString Query, long Index), long> _waiting = new();
    private readonly SortedDictionary<ulong, long> _floors = [];
    private readonly SortedDictionary<ulong, long> _lastTaken = [];
    private readonly LeaseClock _leases = new();
    private long _term;
    private long _tokens;

    private readonly record struct Ticket(UniqueAddress Caller, long Number, long Term);

    public QuorumCounts Counts { get; } = new();

    public void Take(UniqueAddress caller, QuorumRequest request)
    {
        if (driver().Core is not { Role: RaftRole.Leader } core || core.Term != request.Term)
        {
            Answer(caller, request.Number, QuorumOutcome.NotLeader);
            return;
        }

        if (!IsFresh(caller, request) && !request.Read)
        {
            loop.Reached("quorum: a request that its caller had given up was refused");
            return;
        }

        var ticket = new Ticket(caller, request.Number, core.Term);
        if (request.Read) Read(ticket, request.Body);
        else Write(ticket, request.Body);
    }

    /// <summary>The index of reads is known: the machine, which applies in order, answers behind it.</summary>
    public void ReadsReady(ImmutableArray<(long Token, long Index)> reads)
    {
        foreach ((long token, long index) in reads)
            if (_reads.Remove(token, out (Ticket Ticket, ByteString Query, long After) read))
                Await(read.Ticket, read.Query, Math.Max(index, read.After));
        AnswerReads();
    }

    public void Applied(ImmutableArray<RaftEntry> entries, ImmutableArray<ByteString?> replies)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Kind == EntryKind.Empty && entries[i].Term == _term) WatchLeases(_term);
            if (!_writes.Remove(entries[i].Index, out Ticket ticket)) continue;
            bool isOurs = entries[i].Term == ticket.Term && replies[i] is not null;
            if (isOurs) Answer(ticket, QuorumOutcome.Done, replies[i]);
            else Answer(ticket, QuorumOutcome.Unknown);
        }

        AnswerReads();
    }

    /// <summary>After each change of term, role or leader.</summary>
    public void LeadershipChanged()
    {
        RaftCore core = driver().Core!;
        if (core.Role == RaftRole.Leader && core.Term == _term) return;
        foreach (Ticket ticket in _writes.Values) Answer(ticket, QuorumOutcome.Unknown);
        foreach ((Ticket ticket, _, _) in _reads.Values) Answer(ticket, QuorumOutcome.NotLeader);
        while (_waiting.TryDequeue(out (Ticket Ticket, ByteString Query, long Index) read, out _)) Answer(read.Ticket, QuorumOutcome.NotLeader);
        _writes.Clear();
        _reads.Clear();
        _floors.Clear();
        _lastTaken.Clear();
        _term = core.Role == RaftRole.Leader ? core.Term : 0;
    }

    /// <summary>
    /// A lease was applied here. Followers watch too: who leads next has then watched since the last renewal, and need not begin when it is elected.
    /// </summary>
    public void LeaseSeen(string name, LeaseRow row) => _leases.Observe(name, row, loop.Now);

    /// <summary>
    /// When the term's first entry is applied the machine holds all that is older: what of it was not watched yet (a snapshot brought it, or this
    /// process has just started) is watched from now.
    /// </summary>
    private void WatchLeases(long term) => machine.Leases((leases, error) =>
    {
        if (error is not null || term != _term) return;
        foreach ((string name, LeaseRow row) in leases) _leases.Observe(name, row, loop.Now);
    });

    private bool IsFresh(UniqueAddress caller, QuorumRequest request)
    {
        long floor = _floors.GetValueOrDefault(caller.Uid);
        if (request.Number < floor) return false;
        if (request.Oldest <= floor) return true;
        if (_floors.Count >= MaxCallers) _floors.Remove(_floors.Keys.First());
        _floors[caller.Uid] = request.Oldest;
        return true;
    }

    private void Read(Ticket ticket, ByteString query) => driver().Input(core =>
    {
        long token = ++_tokens;
        ProposeStatus status = core.RequestRead(token, loop.Now);
        if (status == ProposeStatus.Accepted) _reads.Add(token, (ticket, query, _lastTaken.GetValueOrDefault(ticket.Caller.Uid)));
        else Refuse(ticket, status);
    });

    private void Await(Ticket ticket, ByteString query, long index) => _waiting.Enqueue((ticket, query, index), index);

    private void AnswerReads()
    {
        long applied = driver().Core!.AppliedIndex;
        while (_waiting.TryPeek(out (Ticket Ticket, ByteString Query, long Index) read, out _) && read.Index <= applied)
        {
            _waiting.Dequeue();
            machine.Query(read.Query, (answer, error) =>
            {
                if (answer is not null) Answer(read.Ticket, QuorumOutcome.Done, answer);
                else if (error is StorageException damaged && driver().CannotRead(damaged)) Answer(read.Ticket, QuorumOutcome.Busy);
                else Answer(read.Ticket, QuorumOutcome.Failed, detail: error!.Message);
            });
        }
    }

    private void Write(Ticket ticket, ByteString body)
    {
        JournalCommand command;
        try
        {
            command = JournalCommand.Parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            Answer(ticket, QuorumOutcome.Failed, detail: malformed.Message);
            return;
        }

        if (command.CommandCase == JournalCommand.CommandOneofCase.AcquireLease) Acquire(ticket, command);
        else if (command.CommandCase == JournalCommand.CommandOneofCase.None) Answer(ticket, QuorumOutcome.Failed, detail: UnknownCommand);
        else Propose(ticket, body);
    }

    /// <summary>Whether a lease has run out, this leader says from its own watching, and the command carries it to all.</summary>
    private void Acquire(Ticket ticket, JournalCommand command)
    {
        AcquireLease ask = command.AcquireLease;
        machine.Lease(ask.Name, (row, error) =>
        {
            if (error is not null || ticket.Term != _term)
            {
                Answer(ticket, QuorumOutcome.NotLeader);
                return;
            }

            AcquireLease timed = _leases.Ask(ask.Name, ask.Holder, TimeSpan.FromMilliseconds(ask.DurationMs), row, loop.Now);
            Propose(ticket, new JournalCommand { WrittenAt = command.WrittenAt, AcquireLease = timed }.ToByteString());
        });
    }

    private void Propose(Ticket ticket, ByteString body) => driver().Input(core =>
    {
        ProposeStatus status = core.Propose(body, loop.Now, out long index);
        if (status != ProposeStatus.Accepted)
        {
            Refuse(ticket, status);
            return;
        }

        _writes.Add(index, ticket);
        if (_lastTaken.Count >= MaxCallers && !_lastTaken.ContainsKey(ticket.Caller.Uid)) _lastTaken.Remove(_lastTaken.Keys.First());
        _lastTaken[ticket.Caller.Uid] = index;
    });

    private void Refuse(Ticket ticket, ProposeStatus status) =>
        Answer(ticket, status == ProposeStatus.NotLeader ? QuorumOutcome.NotLeader : QuorumOutcome.Busy);

    private void Answer(Ticket ticket, QuorumOutcome outcome, ByteString? body = null, string detail = "") =>
        Answer(ticket.Caller, ticket.Number, outcome, body, detail);

    private void Answer(UniqueAddress caller, long number, QuorumOutcome outcome, ByteString? body = null, string detail = "")
    {
        Counts.Answered(outcome);
        var message = new QuorumReply { Number = number, Outcome = outcome, Body = body ?? ByteString.Empty, Detail = detail };
        message.Term = driver().Core?.Term ?? 0;
        if (outcome != QuorumOutcome.Done) message.Leader = leader();
        reply(caller, message);
    }
}
