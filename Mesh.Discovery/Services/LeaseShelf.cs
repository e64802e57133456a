using System.Net;
using Google.Protobuf;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Storage;
using Mesh.Discovery.Services.Protocol;
using Change = System.Collections.Generic.KeyValuePair<string, System.ReadOnlyMemory<byte>?>;

namespace Mesh.Discovery.Services;

/// <summary>Leases on the node's disk, so that they outlive its process: one entry each, written when it comes, changes or goes.</summary>
/// <remarks>On the control loop. A renewal writes nothing: after a restart every lease has its whole time again.</remarks>
internal sealed class LeaseShelf(NodeServices node)
{
    private const string Bucket = "services/leases";

    /// <summary>The leases of the last process, in order of key. What cannot be read is named in the log and left out.</summary>
    public async void Load(Action<IReadOnlyList<Registration>> loaded)
    {
        List<Registration> leases = [];
        try
        {
            foreach ((string key, ReadOnlyMemory<byte> bytes) in await node.Durable.Load(Bucket).ConfigureAwait(false))
            {
                if (Read(key, bytes) is { } lease) leases.Add(lease);
                else node.Log(new LogEvent(LogLevel.Warning, "services", $"the lease {key} on this node's disk cannot be read; register it again"));
            }
        }
        catch (StorageException problem)
        {
            node.Log(new LogEvent(LogLevel.Error, "services", $"leases from before the restart are lost: {problem.Message}", problem));
        }

        node.Loop.Post(() => loaded(leases));
    }

    /// <summary>Done when it is durable; the result is why it is not.</summary>
    /// <remarks>What the disk refused is not <see cref="Hosted.IsKept"/>, so that it is written when it is registered again as it is.</remarks>
    public async Task<string?> Put(Hosted hosted)
    {
        Registration lease = hosted.Registration;
        hosted.IsKept = false;
        string? fault = await Write(new Change(lease.Key, Bytes(lease))).ConfigureAwait(false);
        if (fault is null) node.Loop.Post(() => hosted.IsKept |= hosted.Registration.Equals(lease));
        return fault;
    }

    public Task<string?> Remove(string key) => Write(new Change(key, null));

    private static byte[] Bytes(Registration lease)
    {
        LeaseEntry entry = new()
        {
            AppIp = ServicesCodec.Bytes(lease.App),
            AppPort = (uint)lease.App.Port,
            Protocol = lease.Protocol,
            Tags = { lease.Tags.Items },
            Weight = lease.Weight,
            Zone = lease.Zone,
            TtlMilliseconds = (uint)(lease.Ttl ?? Registration.DefaultTtl).TotalMilliseconds,
        };
        if (lease.Check is { } check)
            entry.Check = new Check
            {
                Path = check.Path ?? "",
                Host = check.Host ?? "",
                Port = (uint)(check.Port ?? 0),
                IntervalMilliseconds = (uint)check.IntervalMs,
                TimeoutMilliseconds = (uint)check.TimeoutMs,
                HealthyThreshold = (uint)check.HealthyThreshold,
                UnhealthyThreshold = (uint)check.UnhealthyThreshold,
            };
        return entry.ToByteArray();
    }

    private static Registration? Read(string key, ReadOnlyMemory<byte> bytes)
    {
        LeaseEntry entry;
        try
        {
            entry = LeaseEntry.Parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        if (key.Split('/') is not [var service, var id] || !ServiceNames.IsName(service) || !ServiceNames.IsName(id)) return null;
        if (!ServicesCodec.TryEndPoint(entry.AppIp, entry.AppPort, out IPEndPoint? app)) return null;
        return new Registration(service, id, app)
        {
            Protocol = entry.Protocol.Length == 0 ? ServiceInstance.Http : entry.Protocol,
            Tags = [.. entry.Tags],
            Weight = Math.Clamp(entry.Weight, Registration.LeastWeight, Registration.MostWeight),
            Zone = entry.Zone,
            Ttl = TimeSpan.FromMilliseconds(
                Math.Clamp(entry.TtlMilliseconds, Registration.ShortestTtl.TotalMilliseconds, Registration.LongestTtl.TotalMilliseconds)),
            Check = entry.Check is { } check ? CheckOf(check) : null,
        };
    }

    private static InstanceCheck CheckOf(Check check) => new(
        check.Path.Length == 0 ? null : check.Path,
        check.Host.Length == 0 ? null : check.Host,
        check.Port is 0 or > IPEndPoint.MaxPort ? null : (int)check.Port,
        Positive(check.IntervalMilliseconds),
        Positive(check.TimeoutMilliseconds),
        Positive(check.HealthyThreshold),
        Positive(check.UnhealthyThreshold));

    private static int Positive(uint value) => (int)Math.Clamp(value, 1, int.MaxValue);

    private async Task<string?> Write(Change change)
    {
        try
        {
            await node.Durable.Write(Bucket, [change]).ConfigureAwait(false);
            return null;
        }
        catch (StorageException problem)
        {
            node.Log(new LogEvent(LogLevel.Error, "services", $"the lease {change.Key} is not on this node's disk: {problem.Message}", problem));
            return problem.Message;
        }
    }
}
