using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Wire.Metrics;

public class MetricRegistryTests
{
    private static readonly LabelSet s_users = LabelSet.Of(("service", "/svc/users"));

    private readonly MetricRegistry _registry = new(stripes: 2);

    [Fact]
    public void TheSameNameAndLabelsAreTheSameSeries()
    {
        Counter first = _registry.Counter("a_total", "A.", s_users);
        Counter second = _registry.Counter("a_total", "A.", LabelSet.Of(("service", "/svc/users")));

        Assert.Same(first, second);
        Assert.Single(Family("a_total").Series);
    }

    [Fact]
    public void ASeriesGoesWithTheLastScopeThatHoldsIt()
    {
        MetricScope first = _registry.OpenScope();
        MetricScope second = _registry.OpenScope();
        first.Counter("a_total", "A.", s_users).Add(0);
        second.Counter("a_total", "A.", s_users).Add(0);

        first.Dispose();
        first.Dispose();

        Assert.Equal(2, ((Counter)Family("a_total").Series.Single().Instrument).Value);
        second.Dispose();
        Assert.DoesNotContain(_registry.Families(), family => family.Name == "a_total");
    }

    [Fact]
    public void ASeriesOutlivesTheScopeThatRegisteredItWhileAnotherHoldsIt()
    {
        MetricScope first = _registry.OpenScope(), second = _registry.OpenScope(), third = _registry.OpenScope();
        first.Counter("a_total", "A.", s_users).Add(0);
        second.Counter("a_total", "A.", s_users).Add(0);
        second.Counter("a_total", "A.", s_users).Add(0);

        first.Dispose();
        third.Counter("a_total", "A.", s_users).Add(0);
        second.Dispose();

        Assert.Equal(4, ((Counter)Family("a_total").Series.Single().Instrument).Value);
        third.Dispose();
        Assert.DoesNotContain(_registry.Families(), family => family.Name == "a_total");
    }

    [Fact]
    public void LateSeries_AreRegistered_Once_WhenSomebodyLooks()
    {
        using MetricScope scope = _registry.OpenScope();
        Late first = new("a"), second = new("b");

        scope.Later(first);
        scope.Later(second);
        int before = first.Times + second.Times;
        string[] names = [.. _registry.Families().Select(family => family.Name).Where(name => name.Length == 1)];
        _registry.Families();

        Assert.Equal((0, 1, 1), (before, first.Times, second.Times));
        Assert.Equal(["a", "b"], names);
    }

    [Fact]
    public void LateSeries_OfAScopeThatGoesBefore_AreNever()
    {
        Late late = new("a");
        MetricScope scope = _registry.OpenScope();
        scope.Later(late);

        scope.Dispose();
        _registry.Families();

        Assert.Equal(0, late.Times);
        Assert.Throws<ObjectDisposedException>(() => scope.Later(late));
    }

    [Fact]
    public void LateSeries_GoWithTheirScope()
    {
        MetricScope scope = _registry.OpenScope();
        scope.Later(new Late("a"));
        Assert.Contains(_registry.Families(), static family => family.Name == "a");

        scope.Dispose();

        Assert.DoesNotContain(_registry.Families(), static family => family.Name == "a");
    }

    [Fact]
    public void LateGauges_OfOneSeries_AnswerForTheNewestHolder()
    {
        MetricScope older = _registry.OpenScope(), gone = _registry.OpenScope(), newer = _registry.OpenScope();
        gone.Later(new Late("b"));
        older.Later(new Late("a", 1));
        gone.Dispose();
        newer.Later(new Late("a", 2));

        Assert.Equal(2, ((Gauge)Family("a").Series.Single().Instrument).Value);
        newer.Dispose();
        Assert.Equal(1, ((Gauge)Family("a").Series.Single().Instrument).Value);
        older.Dispose();
    }

    [Fact]
    public void LateSeries_ThatRegisterWhileTheirScopeGoes_HinderNobody()
    {
        using MetricScope other = _registry.OpenScope();
        MetricScope scope = _registry.OpenScope();
        scope.Later(new Late("a") { Before = scope.Dispose });
        other.Later(new Late("b"));

        Assert.Equal(["b"], _registry.Families().Select(static family => family.Name).Where(static name => name.Length == 1));
    }

    [Fact]
    public void SeriesThatGoLeaveTheOthersInOrder()
    {
        MetricScope[] scopes = [.. Enumerable.Range(0, 5).Select(_ => _registry.OpenScope())];
        for (int i = 0; i < scopes.Length; i++) scopes[i].Counter("a_total", "A.", LabelSet.Of(("i", $"{i}")));

        foreach (int gone in (int[])[0, 4, 2]) scopes[gone].Dispose();
        _registry.Counter("a_total", "A.", LabelSet.Of(("i", "5")));

        Assert.Equal(["{i=1}", "{i=3}", "{i=5}"], Family("a_total").Series.Select(series => series.Labels.ToString()));
    }

    [Fact]
    public void ACounterOutlivesItsScopeHarmlessly()
    {
        MetricScope scope = _registry.OpenScope();
        Counter counter = scope.Counter("a_total", "A.", s_users);

        scope.Dispose();
        counter.Add(1, 5);

        Assert.Equal(5, counter.Value);
        Assert.Equal(0, _registry.Counter("a_total", "A.", s_users).Value);
    }

    [Fact]
    public void ADisposedScopeRegistersNothing()
    {
        MetricScope scope = _registry.OpenScope();
        scope.Dispose();

        Assert.Throws<ObjectDisposedException>(() => scope.Counter("a_total", "A.", LabelSet.Empty));
    }

    [Fact]
    public void BeyondTheCapAFamilyFoldsIntoOneOverflowSeries()
    {
        MetricRegistry registry = new(stripes: 2, maximumSeries: 4);
        Counter[] counters = [.. Enumerable.Range(0, 5).Select(i => registry.Counter("a_total", "A.", LabelSet.Of(("i", $"{i}"))))];

        foreach (Counter counter in counters) counter.Add(1);

        MetricFamily family = registry.Families().Single(f => f.Name == "a_total");
        Assert.Equal(["{i=0}", "{i=1}", "{overflow=true}"], family.Series.Select(series => series.Labels.ToString()));
        Assert.Equal(3, ((Counter)family.Series[2].Instrument).Value);
        Assert.Equal(3, registry.Counter(WireMetricNames.Overflow, "", LabelSet.Empty).Value);
    }

    [Fact]
    public void BeyondTheCapGaugesAreLeftOut()
    {
        MetricRegistry registry = new(stripes: 1, maximumSeries: 2);

        registry.Gauge("g", "G.", LabelSet.Empty, () => 1);

        Assert.DoesNotContain(registry.Families(), family => family.Name == "g");
    }

    [Fact]
    public void RemovedSeriesMakeRoomUnderTheCap()
    {
        MetricRegistry registry = new(stripes: 1, maximumSeries: 3);
        for (int i = 0; i < 10; i++)
        {
            using MetricScope scope = registry.OpenScope();
            scope.Counter("a_total", "A.", LabelSet.Of(("i", $"{i}")));
        }

        Assert.Equal(0, registry.Counter(WireMetricNames.Overflow, "", LabelSet.Empty).Value);
    }

    [Fact]
    public void AnotherKindUnderTheSameNameIsRefused()
    {
        _registry.Counter("a_total", "A.", s_users);
        _registry.Histogram("h_seconds", "H.", HistogramUnit.Seconds, LabelSet.Empty);

        Assert.Throws<ArgumentException>(() => _registry.Gauge("a_total", "A.", s_users, () => 0));
        Assert.Throws<ArgumentException>(() => _registry.ObservedCounter("a_total", "A.", s_users, () => 0));
        Assert.Throws<ArgumentException>(() => _registry.Histogram("h_seconds", "H.", HistogramUnit.Bytes, LabelSet.Empty));
    }

    [Theory]
    [InlineData("")]
    [InlineData("9lives")]
    [InlineData("a-b")]
    [InlineData("a\nb")]
    public void ANameThatPrometheusWouldRefuseIsRefusedHere(string name)
    {
        Assert.Throws<ArgumentException>(() => _registry.Counter(name, "A.", LabelSet.Empty));
        Assert.Throws<ArgumentException>(() => LabelSet.Of((name, "x")));
    }

    [Theory]
    [InlineData("le")]
    [InlineData("__name__")]
    public void LabelNamesOfPrometheusItselfAreRefused(string name) =>
        Assert.Throws<ArgumentException>(() => LabelSet.Of((name, "x")));

    [Fact]
    public void LabelsAreBounded()
    {
        string longValue = new string('x', LabelSet.MaximumValueLength - 2) + "\U0001F600 and on";

        LabelSet labels = LabelSet.Of(("a", longValue));

        Assert.Equal(new string('x', LabelSet.MaximumValueLength - 2) + "\u2026", labels.Labels[0].Value);
        Assert.Throws<ArgumentException>(() => labels.With(("a", "twice")));
        Assert.Throws<ArgumentException>(() => labels.With([.. Enumerable.Range(0, 8).Select(i => ($"l{i}", ""))]));
    }

    [Fact]
    public void TheNewestGaugeCallbackAnswersAndTheOlderOneComesBack()
    {
        MetricScope older = _registry.OpenScope(), newer = _registry.OpenScope();
        Gauge gauge = older.Gauge("g", "G.", LabelSet.Empty, () => 1);
        newer.Gauge("g", "G.", LabelSet.Empty, () => 2);

        Assert.Equal(2, gauge.Value);
        newer.Dispose();
        Assert.Equal(1, gauge.Value);
        older.Dispose();
        Assert.Equal(double.NaN, gauge.Value);
    }

    [Fact]
    public void AThrowingGaugeReadsAsNotANumber()
    {
        Gauge gauge = _registry.Gauge("g", "G.", LabelSet.Empty, () => throw new InvalidOperationException());

        Assert.Equal(double.NaN, gauge.Value);
    }

    [Fact]
    public void FamiliesComeByNameAndSeriesInOrderOfRegistration()
    {
        _registry.Counter("b_total", "B.", LabelSet.Of(("x", "2")));
        _registry.Counter("b_total", "B.", LabelSet.Of(("x", "1")));
        _registry.Counter("a_total", "A.", LabelSet.Empty);

        Assert.Equal(["a_total", "b_total"], _registry.Families().Select(f => f.Name).Where(n => n.Length == 7));
        Assert.Equal(["{x=2}", "{x=1}"], Family("b_total").Series.Select(s => s.Labels.ToString()));
        Assert.True(_registry.Families() == _registry.Families());
    }

    private MetricFamily Family(string name) => _registry.Families().Single(family => family.Name == name);

    private sealed class Late(string name, double value = 0) : ILateSeries
    {
        public int Times { get; private set; }

        public Action? Before { get; init; }

        public void Register(MetricScope scope)
        {
            Times++;
            Before?.Invoke();
            scope.Gauge(name, "Some.", LabelSet.Empty, () => value);
        }
    }
}
