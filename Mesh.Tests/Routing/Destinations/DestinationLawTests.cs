using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;
using Outcome = Mesh.Routing.Accrual.Outcome;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>What holds of a destination whatever happens to it, on virtual time: any order of picks, outcomes, checks, moments and sets.</summary>
public sealed class DestinationLawTests
{
    private const int Ports = 8;

    /// <summary>Kind of step, a number that says whom it strikes, and milliseconds that pass before it.</summary>
    private static readonly Gen<(int Kind, int Whom, int StepMs)[]> Stories = Gen.Choose(0, 12)
        .SelectMany(kind => Gen.Choose(0, 999).SelectMany(whom => Gen.Choose(0, 3000).Select(step => (kind, whom, step))))
        .ArrayOf()
        .Resize(400);

    public static TheoryData<BalancerKind, double, double, bool> Rules => new()
    {
        { BalancerKind.LeastLoaded, 0.5, 1, false },
        { BalancerKind.PeakEwma, 0.5, 0.4, false },
        { BalancerKind.RoundRobin, 0, 0.25, true },
        { BalancerKind.Heap, 0.8, 0.5, true },
        { BalancerKind.Aperture, 0.5, 1, false },
        { BalancerKind.RingHash, 0.3, 1, false },
        { BalancerKind.Maglev, 0.5, 0.5, true },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Laws_Hold_AfterEveryStep(BalancerKind kind, double panicThreshold, double maxEjectedShare, bool byRate)
    {
        AccrualConfig accrual = byRate
            ? new AccrualConfig.SuccessRate(0.7, 5) { MaxEjectedShare = maxEjectedShare }
            : new AccrualConfig.ConsecutiveFailures { Failures = 3, MaxEjectedShare = maxEjectedShare };
        DestinationOptions options = new()
        {
            Balancer = new BalancerConfig { Kind = kind, PanicThreshold = panicThreshold },
            Accrual = accrual,
        };

        // Each change of the set builds a Maglev table of 65 537 places.
        int stories = kind == BalancerKind.Maglev ? 15 : 100;
        Prop.ForAll(Stories.ToArbitrary(), story => new Story(options).Run(story)).Check(Config.QuickThrowOnFailure.WithMaxTest(stories));
    }

    /// <summary>One history; throws, naming the law, where it is broken.</summary>
    private sealed class Story(DestinationOptions options)
    {
        private readonly DestinationFixture _fixture = new(options, [.. Enumerable.Range(1, Ports).Select(port => (port, 1.0))]);
        private readonly List<EndpointLease> _out = [];

        public void Run((int Kind, int Whom, int StepMs)[] story)
        {
            foreach ((int kind, int whom, int step) in story)
            {
                _fixture.Now += step * DestinationFixture.Millisecond;
                int deadBefore = Dead();
                bool setChanged = Step(kind, whom);
                CheckCounts();
                CheckCap(deadBefore, setChanged);
                CheckProbes();
            }

            while (_out.Count > 0) Finish(0, Outcome.Ignored);
            Check(_fixture.Endpoints.All(endpoint => endpoint.InFlight == 0), "every lease came home");
        }

        private bool Step(int kind, int whom)
        {
            switch (kind)
            {
                case <= 4:
                    Pick(whom);
                    return false;
                case 5 or 6 when _out.Count > 0:
                    Finish(whom, Outcome.Failure);
                    return false;
                case 7 when _out.Count > 0:
                    Finish(whom, Outcome.Success);
                    return false;
                case 8 when _out.Count > 0:
                    Finish(whom, Outcome.ConnectFailure);
                    return false;
                case 9 when _out.Count > 0:
                    Finish(whom, whom % 2 == 0 ? Outcome.Pushback : Outcome.Ignored);
                    return false;
                case 10 when !_fixture.Endpoints.IsEmpty:
                    _fixture.Endpoints[whom % _fixture.Endpoints.Length].SetSick(whom % 3 == 0);
                    return false;
                case 11:
                    IEnumerable<int> ports = Enumerable.Range(1, Ports).Where(port => port != whom % 20);
                    _fixture.Become(DestinationFixture.Set([.. ports.Select(port => (port, 1.0))]));
                    return true;
                case 12:
                    _fixture.Become(Doubting(whom));
                    return true;
                default:
                    return false;
            }
        }

        /// <summary>Some ports have two instances behind them; of all, some are doubted.</summary>
        private static AddressState.Known Doubting(int whom) => new(
        [
            .. Enumerable.Range(1, Ports).Select(port => new WeightedAddress(new IPEndPoint(IPAddress.Loopback, 1 + (port / 2)), 1)
            {
                Instance = port % 3 == 0 ? $"web/{port}" : null,
                Doubt = port % (1 + (whom % 4)) == 0 ? "its node cannot be reached" : null,
            }),
        ]);

        private void Pick(int whom)
        {
            Endpoint? excluded = whom % 4 == 0 ? _fixture.Endpoints[whom % _fixture.Endpoints.Length] : null;
            bool anyUsable = _fixture.Endpoints.Any(endpoint => endpoint.IsUsable);
            long failOpen = _fixture.Destination.Counters.FailOpenPicks;
            Dictionary<Endpoint, bool> refusing = _fixture.Endpoints.ToDictionary(endpoint => endpoint, endpoint => endpoint.IsRefusing);

            EndpointLease lease = _fixture.Pick(excluded);

            _out.Add(lease);
            bool failedOpen = _fixture.Destination.Counters.FailOpenPicks > failOpen;
            Check(!(anyUsable && failedOpen), "nobody fails open while somebody is usable");
            Check(lease.IsProbe || !refusing[lease.Endpoint] || (failedOpen && refusing.Values.All(each => each)), "refusing endpoints come last");
        }

        /// <summary>A request that came in under an earlier stretch moves nothing, unless it is another probe of the same death.</summary>
        private void Finish(int whom, Outcome outcome)
        {
            EndpointLease lease = _out[whom % _out.Count];
            _out.RemoveAt(whom % _out.Count);
            BreakerState before = lease.Endpoint.Breaker.State;
            int failures = before.Failures;
            bool isStraggler = !ReferenceEquals(lease.Ticket, before) && lease.Ticket?.TestsSameDeath(before) != true;
            lease.Complete(outcome, _fixture.Now, whom * DestinationFixture.Second / 10);
            BreakerState after = lease.Endpoint.Breaker.State;
            Check(!isStraggler || (ReferenceEquals(before, after) && after.Failures == failures), "a straggler changes nothing");
            Check(outcome is not (Outcome.Pushback or Outcome.Ignored) || lease.IsProbe || ReferenceEquals(before, after), "no verdict, no move");
        }

        private int Dead() => _fixture.Endpoints.Count(endpoint => endpoint.Phase != BreakerPhase.Alive);

        private void CheckCounts()
        {
            EndpointTally tally = _fixture.Destination.Tally;
            Check(tally.Dead == Dead(), "the dead are counted");
            Check(tally.Sick == _fixture.Endpoints.Count(endpoint => endpoint.IsSick), "the sick are counted");
            int usable = _fixture.Endpoints.Count(endpoint => endpoint.IsUsable);
            int size = _fixture.Endpoints.Length;
            Check(tally.Unusable == size - usable, "the unusable are counted");
            Check(tally.IsPanicking == (size > 1 && usable < options.Balancer.PanicThreshold * size), "panic is what its threshold says");
        }

        private void CheckCap(int deadBefore, bool setChanged)
        {
            int most = Math.Max(1, (int)Math.Floor(options.Accrual.MaxEjectedShare * _fixture.Endpoints.Length + 1e-9));
            Check(setChanged || Dead() <= Math.Max(deadBefore, most), "no death takes the dead beyond their share");
        }

        private void CheckProbes()
        {
            IEnumerable<IGrouping<Endpoint, EndpointLease>> probes = _out.Where(lease => lease.IsProbe).GroupBy(lease => lease.Endpoint);
            foreach (IGrouping<Endpoint, EndpointLease> each in probes)
                Check(each.Count(lease => ReferenceEquals(lease.Ticket, each.Key.Breaker.State)) <= 1, "one probe at a time");
            foreach (Endpoint endpoint in _fixture.Endpoints.Where(static endpoint => endpoint.Phase == BreakerPhase.Probing))
                Check(endpoint.Breaker.IsOpen(_fixture.Now + 300 * DestinationFixture.Second), "no probe bars others for ever");
        }

        private static void Check(bool holds, string law)
        {
            if (!holds) throw new InvalidOperationException($"broken: {law}");
        }
    }
}
