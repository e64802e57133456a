using System.Buffers.Binary;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2.Frames;

/// <summary>What the peer has told of itself by SETTINGS; before that, the values that RFC 9113 section 6.5.2 supposes.</summary>
internal sealed class PeerSettings
{
    /// <summary>The initial window of streams before any SETTINGS, and the connection's for good, in bytes.</summary>
    public const int DefaultWindow = 65_535;

    /// <summary>The largest window there is (RFC 9113 section 6.9.1), in bytes.</summary>
    public const int LargestWindow = int.MaxValue;

    /// <summary>How many streams we may have open at once; uint.MaxValue for no limit, 0 for none at all.</summary>
    public uint MaxConcurrentStreams { get; private set; } = uint.MaxValue;

    /// <summary>Bytes that a new stream may send. A change moves the windows of all open streams (RFC 9113 section 6.9.2).</summary>
    public int InitialWindow { get; private set; } = DefaultWindow;

    /// <summary>The largest payload that the peer takes.</summary>
    public int MaxFrameSize { get; private set; } = FrameRules.DefaultMaxFrameSize;

    /// <summary>Names, values and 32 a field; an advice, uint.MaxValue for none.</summary>
    public uint MaxHeaderListSize { get; private set; } = uint.MaxValue;

    /// <summary>The server takes extended CONNECT (RFC 8441).</summary>
    public bool EnablesConnectProtocol { get; private set; }

    /// <summary>Takes a frame that is no acknowledgement: in its order, the header table's sizes into <paramref name="encoder"/>.</summary>
    /// <param name="payload">A whole number of settings.</param>
    /// <param name="fromServer">The peer is the server: it must not allow push (RFC 9113 section 6.5.2).</param>
    /// <param name="encoder">Packs what goes to this peer.</param>
    public FrameVerdict Apply(ReadOnlySpan<byte> payload, bool fromServer, HpackEncoder encoder)
    {
        for (; payload.Length >= Setting.Bytes; payload = payload[Setting.Bytes..])
        {
            SettingId id = (SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload);
            uint value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
            switch (id)
            {
                case SettingId.HeaderTableSize:
                    encoder.SetPeerTableSize(value);
                    break;
                case SettingId.EnablePush:
                    if (value > 1 || (fromServer && value == 1)) return FrameVerdict.EndConnection(Http2Error.ProtocolError);
                    break;
                case SettingId.MaxConcurrentStreams:
                    MaxConcurrentStreams = value;
                    break;
                case SettingId.InitialWindowSize:
                    if (value > LargestWindow) return FrameVerdict.EndConnection(Http2Error.FlowControlError);
                    InitialWindow = (int)value;
                    break;
                case SettingId.MaxFrameSize:
                    if (value is < FrameRules.DefaultMaxFrameSize or > FrameRules.LargestMaxFrameSize)
                        return FrameVerdict.EndConnection(Http2Error.ProtocolError);
                    MaxFrameSize = (int)value;
                    break;
                case SettingId.MaxHeaderListSize:
                    MaxHeaderListSize = value;
                    break;
                case SettingId.EnableConnectProtocol:
                    // Once offered it cannot be taken back (RFC 8441 section 3).
                    if (value > 1 || (value == 0 && EnablesConnectProtocol)) return FrameVerdict.EndConnection(Http2Error.ProtocolError);
                    EnablesConnectProtocol = value == 1;
                    break;
                case SettingId.NoRfc7540Priorities:
                    if (value > 1) return FrameVerdict.EndConnection(Http2Error.ProtocolError);
                    break;
            }
        }

        return FrameVerdict.Good;
    }
}
