using System.Net;
using System.Net.Sockets;
using Mesh.ClusterBench;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.EndToEnd;

public sealed class HeldPortsTests
{
    private const int Probes = 2000;

    [LinuxFact]
    public void HeldPorts_AreGivenToNobodyWhoAsksForAny()
    {
        using HeldPorts ports = new(200);
        List<Socket> probes = [];

        for (int i = 0; i < Probes; i++)
        {
            Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            probes.Add(probe);
        }

        int[] given = [.. probes.Select(static probe => ((IPEndPoint)probe.LocalEndPoint!).Port)];
        foreach (Socket probe in probes) probe.Dispose();
        Assert.Empty(given.Intersect(ports.Numbers));
    }

    [LinuxFact]
    public void HeldPort_RefusesClients_UntilItsOwnerListens_AndAgainAfterwards()
    {
        using HeldPorts ports = new(1);
        bool[] reached = new bool[4];

        for (int i = 0; i < reached.Length; i += 2)
        {
            reached[i] = Reaches(ports.Numbers[0]);
            using TcpListener owner = new(IPAddress.Loopback, ports.Numbers[0]);
            owner.Start();
            reached[i + 1] = Reaches(ports.Numbers[0]);
        }

        Assert.Equal([false, true, false, true], reached);
    }

    private static bool Reaches(int port)
    {
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
