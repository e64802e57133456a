using System.Net;
using System.Net.Sockets;

namespace Mesh.Node;

/// <summary>Why a listener, admin's or a router's, could not be opened, in words that say what to change.</summary>
internal static class ListenFaults
{
    /// <summary><c>who: cannot listen on address: what the system says; what to do</c>, who being <c>admin</c> or <c>router out</c>.</summary>
    public static string Text(string who, IPEndPoint address, Exception error)
    {
        string advice = (error as SocketException)?.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => "end the program that listens there, or give this one another `port`",
            SocketError.AddressNotAvailable => "no interface of this host has this `ip`; 0.0.0.0 or :: is all of them",
            SocketError.AccessDenied => "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); grant it, or take a higher `port`",
            _ => "check its `ip` and `port`",
        };
        return $"{who}: cannot listen on {address}: {error.Message}; {advice}";
    }
}
