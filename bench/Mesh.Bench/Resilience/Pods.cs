using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench.Resilience;

/// <summary>Model backends in a process of their own.</summary>
internal sealed partial class Pods : IDisposable
{
    private readonly Child _process;
    private int _asked;

    private Pods(Child process, int[] ports)
    {
        _process = process;
        Ports = ports;
    }

    public int[] Ports { get; }

    public static async Task<Pods> StartAsync(params PodMode[] modes)
    {
        Child process = Child.StartSelf(Cores.Ends, "pods", "--modes", string.Join<PodMode>(',', modes));
        try
        {
            Match line = await process.LineAsync(PortsLine());
            return new Pods(process, [.. line.Groups[1].Value.Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))]);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Changes a pod from now on.</summary>
    public async Task SetAsync(int pod, PodMode mode)
    {
        int id = ++_asked;
        _process.Say($"set {id} {pod} {mode}");
        await _process.LineAsync(new Regex($"^set {id}$"));
    }

    /// <summary>Requests that each pod saw since its start.</summary>
    public async Task<long[]> CountAsync()
    {
        int id = ++_asked;
        _process.Say($"count {id}");
        Match line = await _process.LineAsync(new Regex($"^count {id} (.*)$"));
        return [.. line.Groups[1].Value.Split(' ').Select(count => long.Parse(count, CultureInfo.InvariantCulture))];
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void Dispose() => _process.Dispose();

    [GeneratedRegex("^pods on (.+)$")]
    private static partial Regex PortsLine();
}
