using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Mesh.Tests.Actors.Remoting;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Wire.Tls;

/// <summary>What is above TLS does not see the difference.</summary>
public sealed class TlsTransportTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    /// <summary>
    /// A flow that was woken by bytes, and awaited something foreign, went on in the thread pool beside its loop: two of them wrote into one
    /// connection, and requests hung.
    /// </summary>
    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task WhoIsToldOfBytes_ComesBackToItsLoop_WhateverItAwaits(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        CertificateFiles files = new(_certificates.Issue("server"), TimeProvider.System, static _ => { });
        Reader reader = new();
        Listener listener = await runner.RunAsync(() => runner.Group.Listen(
            new IPEndPoint(IPAddress.Loopback, 0), new ListenerOptions(), transport => _ = ServeAsync(transport)));
        using TcpClient client = new();
        await client.ConnectAsync(listener.BoundEndPoint);
        await using SslStream tls = new(client.GetStream(), false, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync("server").WaitAsync(LoopRunner.Patience);

        for (byte i = 1; i <= 3; i++)
        {
            await tls.WriteAsync(new[] { i });
            Assert.Equal((i, true), await reader.NextAsync());
        }

        await runner.RunAsync(() =>
        {
            reader.Transport!.Abort();
            listener.Close();
        });

        async Task ServeAsync(Transport transport)
        {
            TlsResult secured = await new TlsHandshake(transport).ServeAsync(new ServerTerms(files).Options, 20_000_000_000);
            reader.Begin(secured.Transport!);
        }
    }

    /// <summary>Reads a byte each time that it is told of some, then awaits the thread pool.</summary>
    private sealed class Reader : ITransportObserver
    {
        private readonly Channel<(byte, bool)> _bytes = Channel.CreateUnbounded<(byte, bool)>();

        public TlsTransport? Transport { get; private set; }

        public void Begin(TlsTransport transport)
        {
            Transport = transport;
            transport.Observer = this;
            OnReadable();
        }

        public Task<(byte Value, bool IsOnLoop)> NextAsync() => _bytes.Reader.ReadAsync().AsTask().WaitAsync(LoopRunner.Patience);

        public void OnReadable()
        {
            byte[] room = new byte[16];
            if (Transport!.Receive(room) > 0) _ = GoOnAsync(room[0]);
        }

        public void OnWritable()
        {
        }

        public void OnBroken()
        {
        }

        private async Task GoOnAsync(byte value)
        {
            await Task.Run(static () => { });
            _bytes.Writer.TryWrite((value, Transport!.Loop.IsCurrent));
        }
    }
}
