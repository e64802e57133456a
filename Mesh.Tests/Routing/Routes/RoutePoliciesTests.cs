using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes;
using Mesh.Routing.Routes.Protocol;
using Mesh.Tests.Actors;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

/// <summary>The second document of a namespace: one version for both, in events, rows and rollbacks.</summary>
public sealed class RoutePoliciesTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch;

    private static readonly Gen<(int Dtab, int Policies)> s_lengths =
        Gen.Choose(0, 60_000).SelectMany(dtab => Gen.Choose(0, 24_000).Select(policies => (dtab, policies)));

    [Fact]
    public void WritingOneDocument_KeepsTheOther()
    {
        RouteBook dtab = Then(RouteBook.Empty, Put("1", "/a => /b", null));
        RouteBook policies = Then(dtab, Put("2", null, "policies: []"));
        RouteBook both = Then(policies, Put("3", "/a => /c", "policies: [] # 2"));

        Assert.Equal(("/a => /b", null, RouteDocuments.Dtab), Shape(dtab));
        Assert.Equal(("/a => /b", "policies: []", RouteDocuments.Policies), Shape(policies));
        Assert.Equal(("/a => /c", "policies: [] # 2", RouteDocuments.Dtab | RouteDocuments.Policies), Shape(both));
        Assert.Equal(3, both.Version);
    }

    [Fact]
    public void Policies_BeginANamespace_WithTheEmptyDtab()
    {
        RouteBook book = Then(RouteBook.Empty, Put("1", null, "policies: []"));

        Assert.Equal(("", "policies: []", RouteDocuments.Dtab | RouteDocuments.Policies), Shape(book));
    }

    [Fact]
    public void TakingPoliciesAway_LeavesTheDtab_AndMakesNoNamespace()
    {
        RouteBook book = Then(Then(RouteBook.Empty, Put("1", "/a => /b", "policies: []")), Put("2", null, ""));

        Assert.Equal(("/a => /b", null, RouteDocuments.Policies), Shape(book));
        Assert.Equal(new RouteResult.NotFound("there is no such namespace"), RouteBook.Empty.Judge(Put("1", null, "")).Result);
    }

    [Fact]
    public void Rollback_BringsBothDocumentsBack_ADeletionTakesBoth()
    {
        RouteBook book = Then(Then(RouteBook.Empty, Put("1", "/a => /b", "policies: []")), Put("2", "/a => /c", ""));
        RouteBook deleted = Then(book, new RouteCommand("3", RouteVerb.Delete, "me", s_now));
        RouteBook back = Then(deleted, new RouteCommand("4", RouteVerb.Rollback, "me", s_now) { Target = 1 });

        Assert.Equal((null, null, RouteDocuments.Dtab), Shape(deleted));
        Assert.Equal(("/a => /b", "policies: []", RouteDocuments.Dtab | RouteDocuments.Policies), Shape(back));
    }

    [Fact]
    public void Rollback_SaysWhichDocumentItChanged()
    {
        RouteBook book = Then(Then(RouteBook.Empty, Put("1", "/a => /b", null)), Put("2", null, "policies: []"));

        RouteBook back = Then(book, new RouteCommand("3", RouteVerb.Rollback, "me", s_now) { Target = 1 });

        Assert.Equal(("/a => /b", null, RouteDocuments.Policies), Shape(back));
    }

    [Fact]
    public void Rows_OfBothDocuments_JoinWhole_AndEachFitsTheTable() => Prop.ForAll(s_lengths.ToArbitrary(), lengths =>
    {
        (string dtab, string policies) = (Noise(1, lengths.Dtab), Noise(2, lengths.Policies));
        Dictionary<string, Row> rows = Split(7, dtab, policies);

        return rows.Values.All(static row => RouteRowCodec.Instance.Encode(row).Length <= TableSettings.MaxValueBytes)
            && Join(rows) == (dtab, policies);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(100, 100, 1)]
    [InlineData(100, 18_000, 3)]
    [InlineData(60_000, 100, 5)]
    [InlineData(60_000, 24_000, 7)]
    public void Rows_AreAsFewAsTheDocumentsNeed(int dtab, int policies, int count)
    {
        Dictionary<string, Row> rows = Split(1, Noise(1, dtab), Noise(2, policies));

        Assert.True(rows.Count == count, string.Join(' ', rows.Keys));
        foreach (string key in rows.Keys.Where(static key => !RouteRows.IsHeader(key)).ToArray())
        {
            Row part = rows[key];
            rows.Remove(key);
            Assert.Null(Join(rows));
            rows[key] = part;
        }
    }

    [Fact]
    public void DamagedPolicies_AreNothing()
    {
        Dictionary<string, Row> rows = Split(1, "/a => /b", "policies: []");
        byte[] bytes = rows["web"].Policies.ToByteArray();
        bytes[5] ^= 1;
        rows["web"].Policies = ByteString.CopyFrom(bytes);

        Assert.Null(Join(rows));
    }

    /// <summary>Bytes as the release before policies wrote them.</summary>
    [Fact]
    public void AnEventAndARow_OfBeforePolicies_AreRead()
    {
        PackedText packed = PackedText.Of("/a => /b");
        var serializers = new MessageSerializers(new World().System);
        RouteCodec.Register(serializers);
        byte[] old = [0x08, 0x03, 0x10, 0x02, 0x1a, (byte)(packed.Bytes.Length + 4), 0x0a, (byte)packed.Bytes.Length, .. packed.Bytes.ToArray(),
            0x10, 0x08, 0x22, 0x02, (byte)'m', (byte)'e', 0x28, 0x05, 0x32, 0x01, (byte)'x'];

        Assert.True(serializers.TryDeserialize("route-changed.v1", old, out object? read));

        RouteChange change = Assert.IsType<RouteChange>(read);
        Assert.Equal(
            new RouteChange(3, RouteChangeKind.Updated, packed, "me", DateTimeOffset.FromUnixTimeMilliseconds(5), "x"), change);
        Assert.Equal((null, RouteDocuments.Dtab), (change.Policies, change.Documents));
        Row row = RouteRows.Split("web", change).Single().Value;
        Assert.DoesNotContain(row.ToByteArray(), static tag => tag is 0x42 or 0x48 or 0x50 or 0x59);
    }

    private static (string?, string?, RouteDocuments) Shape(RouteBook book) => (Text(book.Dtab), Text(book.Policies), book.History[^1].Documents);

    private static string? Text(PackedText? packed) => packed?.TryRead(out string? text) == true ? text : null;

    private static RouteBook Then(RouteBook book, RouteCommand command) => book.After(book.Judge(command).Change!);

    private static RouteCommand Put(string id, string? dtab, string? policies) => new(id, RouteVerb.Put, "me", s_now)
    {
        Dtab = dtab is null ? null : PackedText.Of(dtab),
        Policies = policies is null ? null : PackedText.Of(policies),
    };

    private static string Noise(int seed, int length)
    {
        byte[] noise = new byte[length];
        new System.Random(seed).NextBytes(noise);
        return Convert.ToBase64String(noise);
    }

    private static Dictionary<string, Row> Split(long version, string dtab, string policies) => new(RouteRows.Split(
        "web",
        new RouteChange(version, RouteChangeKind.Updated, PackedText.Of(dtab), "me", s_now, "1")
        {
            Policies = policies.Length == 0 ? null : PackedText.Of(policies),
        }));

    private static (string, string)? Join(Dictionary<string, Row> rows)
    {
        if (!RouteRows.TryJoin("web", rows["web"], rows.GetValueOrDefault, out PackedText? dtab, out PackedText? policies)) return null;
        return (Text(dtab)!, policies is null ? "" : Text(policies)!);
    }
}
