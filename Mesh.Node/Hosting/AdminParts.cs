using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Node.Proxy;
using Mesh.Routing.Bindings;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>Makes the admin server's options of the config and of where the process runs.</summary>
internal static class AdminParts
{
    private const string Source = "admin";

    /// <summary>What admin may read of a router.</summary>
    public static RouterView View(RouterParts router)
    {
        BindingCache<Backend> bindings = router.Router.Bindings;
        return new RouterView(
            router.Config.Label,
            router.Destinations.All,
            (dtab, path, cancel) => DelegateAsync(bindings, dtab, path, cancel))
        {
            Namerd = () => router.Namerd,
        };
    }

    /// <summary>How the last reload went, and what the file says that waits for a restart.</summary>
    public static void WriteReload(Utf8JsonWriter json, ReloadStatus status)
    {
        json.WriteStartObject();
        json.WriteNumber("succeeded", status.Succeeded);
        json.WriteNumber("failed", status.Failed);
        json.WriteBoolean("current", status.IsCurrent);
        if (status.LastAt is { } last) json.WriteString("last_at", last);
        json.WriteString("last_success_at", status.LastSuccessAt);
        WriteList(json, "faults", status.Faults);
        WriteList(json, "restart_needed", status.RestartNeeded);
        json.WriteEndObject();
    }

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

    private static async Task<DelegateTree> DelegateAsync(BindingCache<Backend> bindings, Dtab? dtab, Path path, CancellationToken cancel)
    {
        // Rules that have not come yet are waited for, as a request's name waits for them; without them all would seem to lead nowhere.
        bool waits = dtab is null && bindings.Rules.Dtab is DtabState.Pending;
        if (waits) await bindings.WhenDtabKnown.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        BindingRules rules = bindings.Rules;
        switch (rules.Dtab)
        {
            case DtabState.Failed failed when dtab is null:
                return new DelegateTree.Failed(path, null, failed.Reason);
            case DtabState.Pending pending when dtab is null:
                return new DelegateTree.Failed(path, null, pending.WaitingFor);
        }

        // Where names are bound elsewhere, what is shown begins with the answer from there.
        Interpretation by = Interpretation.Of(rules, dtab ?? bindings.Dtab);
        return await Delegator.DelegateAsync(by.Here, path, by.Lookup, by.Transformers, cancel).ConfigureAwait(false);
    }

    private static void WriteList(Utf8JsonWriter json, string name, ImmutableArray<string> lines)
    {
        json.WriteStartArray(name);
        foreach (string line in lines) json.WriteStringValue(line);
        json.WriteEndArray();
    }
}
