namespace Mesh.Discovery.Names;

/// <summary>What is spoken at an address, as whoever registered it says.</summary>
public enum AddressProtocol : byte
{
    /// <summary>Nobody said so: as the client is configured.</summary>
    Unsaid = 0,

    Http1,

    Http2,
}
