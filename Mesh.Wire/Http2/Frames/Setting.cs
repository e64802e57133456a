namespace Mesh.Wire.Http2.Frames;

/// <summary>The settings (RFC 9113 section 6.5.2, RFC 8441, RFC 9218); others are ignored.</summary>
internal enum SettingId : ushort
{
    HeaderTableSize = 0x1,
    EnablePush = 0x2,
    MaxConcurrentStreams = 0x3,
    InitialWindowSize = 0x4,
    MaxFrameSize = 0x5,
    MaxHeaderListSize = 0x6,
    EnableConnectProtocol = 0x8,
    NoRfc7540Priorities = 0x9,
}

/// <summary>One setting as it is sent.</summary>
internal readonly record struct Setting(SettingId Id, uint Value)
{
    /// <summary>Bytes of a setting in a frame.</summary>
    public const int Bytes = 6;
}
