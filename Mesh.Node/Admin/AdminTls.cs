using System.Net.Security;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Hosting;

namespace Mesh.Node.Admin;

/// <summary>Puts TLS under the admin listener.</summary>
internal static class AdminTls
{
    /// <param name="listen">Where.</param>
    /// <param name="current">The certificate to use now; asked at each handshake.</param>
    /// <param name="handshake">How long a handshake may take.</param>
    public static void Use(ListenOptions listen, Func<SslServerAuthenticationOptions> current, TimeSpan handshake)
    {
        // Kestrel's TLS wants its own services, which only a host builder registers; the host itself is not started.
        listen.KestrelServerOptions.ApplicationServices = Services();
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(current()),
            HandshakeTimeout = handshake,
        });
    }

    private static IServiceProvider Services() => new HostBuilder().ConfigureWebHost(static web => web.UseKestrelCore()).Build().Services;
}
