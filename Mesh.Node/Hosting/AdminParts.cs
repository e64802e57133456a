using System.Net;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Routing.Dtabs;

namespace Mesh.Node.Hosting;

/// <summary>Makes the admin server's options of the config and of where the process runs.</summary>
internal static class AdminParts
{
    private const string Source = "admin";

    /// <summary>What admin may read of a router.</summary>
    public static RouterView View(RouterParts router, NamerTable namers) => new(
        router.Config.Label,
        router.Destinations.All,
        (dtab, path, cancel) => Delegator.DelegateAsync(dtab ?? router.Router.Bindings.Dtab, path, namers.Lookup, cancel));

    /// <summary>Also makes the token, so that it lies there when somebody first needs it, and says in the log where.</summary>
    public static AdminServerOptions Options(AdminConfig config, NodeLog log, TimeProvider time)
    {
        AdminToken token = new(StateDirectory.Of(Environment.GetEnvironmentVariable));
        if (token.TryRead(out _, out string? why)) log.Info(Source, $"changes need the token in {token.File}");
        else log.Warning(Source, $"nothing can be changed over HTTP: {why}");
        return new AdminServerOptions
        {
            EndPoint = new IPEndPoint(config.Ip, config.Port),
            Security = config.Security,
            Tls = config.Tls,
            Token = token,
            Audit = line => log.Audit(Source, line),
            Warn = line => log.Warning(Source, line),
            Log = new NodeLoggerFactory(log, Source),
            Time = time,
        };
    }
}
