using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services.Protocol;

namespace Mesh.Discovery.Services;

/// <summary>Instances as rows. Names that many rows share are one string, and a node's inbound side is one endpoint.</summary>
/// <remarks>One thread: the control loop.</remarks>
internal sealed class ServicesCodec : IRowCodec<ServiceInstance>
{
    /// <summary>Names, and inbound sides, that are remembered as shared; beyond, all are forgotten and begin anew.</summary>
    public const int MaxShared = 65_536;

    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<IPEndPoint, IPEndPoint> _inbound = [];

    public ReadOnlyMemory<byte> Encode(ServiceInstance row)
    {
        InstanceRow wire = new()
        {
            Service = row.Service,
            Id = row.Id,
            AppIp = Bytes(row.App),
            AppPort = (uint)row.App.Port,
            Node = row.Node,
            Protocol = row.Protocol == ServiceInstance.Http ? "" : row.Protocol,
            Tags = { row.Tags.Items },
            Weight = row.Weight is 1 ? 0 : row.Weight,
            Zone = row.Zone,
            State = (uint)row.State,
            Reason = row.Reason,
            Since = row.Since.ToUnixTimeMilliseconds(),
            Leased = row.IsLeased,
            InboundHost = row.InboundHost ?? "",
            InboundHttp2 = row.InboundHttp2,
        };
        if (row.Inbound is { } inbound) (wire.InboundIp, wire.InboundPort) = (Bytes(inbound), (uint)inbound.Port);
        return wire.ToByteArray();
    }

    public bool TryDecode(ReadOnlyMemory<byte> bytes, out ServiceInstance? row)
    {
        row = null;
        InstanceRow wire;
        try
        {
            wire = InstanceRow.Parser.ParseFrom(bytes.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }

        if (!ServiceNames.IsName(wire.Service) || !ServiceNames.IsName(wire.Id)) return false;
        if (!TryEndPoint(wire.AppIp, wire.AppPort, out IPEndPoint? app) || !double.IsFinite(wire.Weight) || wire.Weight < 0) return false;
        IPEndPoint? inbound = null;
        if (wire.InboundPort != 0 && !TryEndPoint(wire.InboundIp, wire.InboundPort, out inbound)) return false;
        row = new ServiceInstance(Shared(wire.Service), wire.Id, app, Shared(wire.Node))
        {
            Inbound = inbound is null ? null : Shared(inbound),
            InboundHost = wire.InboundHost.Length == 0 ? null : Shared(wire.InboundHost),
            InboundHttp2 = wire.InboundHttp2,
            Protocol = wire.Protocol.Length == 0 ? ServiceInstance.Http : Shared(wire.Protocol),
            Tags = TagsOf(wire),
            Weight = wire.Weight is 0 ? 1 : wire.Weight,
            Zone = Shared(wire.Zone),
            State = wire.State <= (uint)InstanceState.Unhealthy ? (InstanceState)wire.State : InstanceState.Unhealthy,
            Reason = wire.Reason,
            Since = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(wire.Since, 0, 1L << 45)),
            IsLeased = wire.Leased,
        };
        return true;
    }

    internal static ByteString Bytes(IPEndPoint end) => ByteString.CopyFrom(end.Address.GetAddressBytes());

    internal static bool TryEndPoint(ByteString ip, uint port, [NotNullWhen(true)] out IPEndPoint? end)
    {
        bool isOne = ip.Length is 4 or 16 && port is > 0 and <= IPEndPoint.MaxPort;
        end = isOne ? new IPEndPoint(new IPAddress(ip.Span), (int)port) : null;
        return isOne;
    }

    private EquatableList<string> TagsOf(InstanceRow wire)
    {
        if (wire.Tags.Count == 0) return [];
        var tags = new string[wire.Tags.Count];
        for (int i = 0; i < tags.Length; i++) tags[i] = Shared(wire.Tags[i]);
        return new(ImmutableCollectionsMarshal.AsImmutableArray(tags));
    }

    private string Shared(string text) => text.Length == 0 ? "" : Shared(_shared, text);

    private IPEndPoint Shared(IPEndPoint inbound) => Shared(_inbound, inbound);

    private static T Shared<T>(Dictionary<T, T> known, T value)
        where T : notnull
    {
        if (known.TryGetValue(value, out T? same)) return same;
        if (known.Count >= MaxShared) known.Clear();
        known.Add(value, value);
        return value;
    }
}
