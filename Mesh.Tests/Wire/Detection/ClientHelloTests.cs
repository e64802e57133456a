using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Mesh.Wire.Detection;
using Xunit;

namespace Mesh.Tests.Wire.Detection;

public sealed class ClientHelloTests
{
    [Theory]
    [InlineData("example.com", SslProtocols.Tls13)]
    [InlineData("Db-1.Internal.EXAMPLE", SslProtocols.Tls12)]
    [InlineData("x", SslProtocols.Tls12 | SslProtocols.Tls13)]
    public async Task RealHello_TellsItsName_WithItsLastByteAndNoEarlier(string host, SslProtocols protocols)
    {
        byte[] hello = await CaptureAsync(host, protocols);

        for (int count = 0; count < hello.Length; count++) Assert.Equal(HelloStatus.More, ClientHello.Read(hello.AsSpan(0, count), out _));
        Assert.Equal((HelloStatus.Named, host.ToLowerInvariant()), Read(hello));
        Assert.Equal((HelloStatus.Named, host.ToLowerInvariant()), Read([.. hello, 1, 2, 3]));
    }

    [Fact]
    public async Task RealHelloToAnAddress_IsUnnamed() =>
        Assert.Equal((HelloStatus.Unnamed, ""), Read(await CaptureAsync("127.0.0.1", SslProtocols.None)));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void HelloOverManyRecords_IsPutTogether(int size)
    {
        byte[] message = Message(Extension(0, Names("cut.example")));
        if (size == 1) message = Message(Extension(0, Names("a")), suites: 2);
        byte[] cut = [.. message.Chunk(size).SelectMany(static piece => Record(piece))];
        bool fits = message.Length <= size * ClientHello.MaxRecords;

        (HelloStatus Status, string Name) all = Read(cut);
        Assert.Equal(fits ? HelloStatus.Named : HelloStatus.NotHello, all.Status);
        if (fits) AssertMonotonous(cut, all);
    }

    [Fact]
    public void Grease_AndUnknownExtensions_ArePassedOver()
    {
        byte[] before = [.. Extension(0x0a0a, []), .. Extension(0xfe0d, new byte[200])];
        byte[] extensions = [.. before, .. Extension(0, Names("greased.example")), .. Extension(0xdada, [0])];

        Assert.Equal((HelloStatus.Named, "greased.example"), Read(Record(Message(extensions))));
    }

    [Fact]
    public void HelloWithoutExtensions_IsUnnamed() => Assert.Equal((HelloStatus.Unnamed, ""), Read(Record(Message(null))));

    [Theory]
    [InlineData("a b")]
    [InlineData("../etc")]
    [InlineData("a/b")]
    [InlineData("sn\u00f6")]
    [InlineData(".example")]
    public void NameThatIsNone_IsUnnamed(string name) => Assert.Equal((HelloStatus.Unnamed, ""), Read(Record(Message(Extension(0, Names(name))))));

    [Fact]
    public void NameWithItsFinalDot_IsTheSameName() =>
        Assert.Equal((HelloStatus.Named, "example.com"), Read(Record(Message(Extension(0, Names("example.com."))))));

    [Theory]
    [InlineData("474554202f20485454502f312e310d0a")]
    [InlineData("1503010002")]
    [InlineData("16020100")]
    [InlineData("1603010000")]
    [InlineData("16030140010100")]
    [InlineData("1603010004020000")]
    [InlineData("160301000401ffffff")]
    [InlineData("16030100040100400000")]
    public void WhatIsNoHello_OrBeyondTheLimits_IsToldAtOnce(string hex) =>
        Assert.Equal(HelloStatus.NotHello, ClientHello.Read(Convert.FromHexString(hex), out _));

    [Fact]
    public void LengthsThatLie_AreNoHello()
    {
        byte[] names = Names("example.com");
        byte[][] bad =
        [
            Record(Message(Extension(0, names), session: 33)),
            Record(Message(Extension(0, names), suites: 3)),
            Record(Message(Extension(0, names), suites: 0)),
            Record(Message([.. Extension(0, names), 0])),
            Record(Message([.. Extension(0, names), .. Extension(0, names)])),
            Record(Message(Extension(0, [.. names, 0]))),
            Record(Message(Extension(0, []))),
            Record(Message(Extension(0, [0, 0]))),
            Record(Message(Extension(0, [0, 4, 0, 0, 9, (byte)'x']))),
            Record(Message(Extension(0, [0, 3, 0, 0, 0]))),
        ];

        Assert.All(bad, static hello => Assert.Equal(HelloStatus.NotHello, Read(hello).Status));
    }

    [Fact]
    public void NameInAHelloThatIsMalformedBehindIt_IsNobodys() =>
        Assert.Equal((HelloStatus.NotHello, ""), Read(Record(Message([.. Extension(0, Names("web")), 0, 16, 0]))));

    [Fact]
    public async Task AnyByteChanged_AnyCut_IsAVerdict_AndTheSameByteForByte()
    {
        byte[] hello = await CaptureAsync("example.com", SslProtocols.None);
        Random random = new(20261121);

        for (int i = 0; i < 2000; i++)
        {
            byte[] mutated = [.. hello];
            for (int changes = random.Next(1, 4); changes > 0; changes--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            AssertMonotonous(mutated, Read(mutated), step: 37);
        }
    }

    /// <summary>What a prefix tells, all longer ones tell.</summary>
    private static void AssertMonotonous(byte[] hello, (HelloStatus Status, string Name) whole, int step = 1)
    {
        for (int count = 0; count < hello.Length; count += step)
        {
            HelloStatus status = ClientHello.Read(hello.AsSpan(0, count), out string name);
            if (status != HelloStatus.More) Assert.Equal(whole, (status, name));
        }
    }

    private static (HelloStatus Status, string Name) Read(byte[] bytes)
    {
        HelloStatus status = ClientHello.Read(bytes, out string name);
        return (status, name);
    }

    /// <summary>What a client of this machine's TLS sends first.</summary>
    private static async Task<byte[]> CaptureAsync(string host, SslProtocols protocols)
    {
        using FirstWrite first = new();
        await using SslStream client = new(first);
        await Assert.ThrowsAnyAsync<Exception>(() => client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                EnabledSslProtocols = protocols,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
            }));
        return first.ToArray();
    }

    private static byte[] Record(byte[] piece) => [22, 3, 1, (byte)(piece.Length >> 8), (byte)piece.Length, .. piece];

    private static byte[] Message(byte[]? extensions, int session = 0, int suites = 4)
    {
        byte[] tail = extensions is null ? [] : [.. Long(extensions)];
        byte[] body = [3, 3, .. new byte[32], (byte)session, .. new byte[session], .. Long(new byte[suites]), 1, 0, .. tail];
        return [1, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    private static byte[] Extension(int type, byte[] data) => [(byte)(type >> 8), (byte)type, .. Long(data)];

    private static byte[] Names(string host) => Long([0, .. Long(Encoding.Latin1.GetBytes(host))]);

    private static byte[] Long(byte[] data)
    {
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)data.Length);
        return [.. length, .. data];
    }

    /// <summary>Takes what is written and answers with the end.</summary>
    private sealed class FirstWrite : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override int Read(Span<byte> buffer) => 0;

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(0);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}
