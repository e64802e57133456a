using System.Text;
using Mesh.Wire.Faults;
using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>A fault as a small number and as labels: stage and cause, <c>response_head</c> and <c>timed_out</c>.</summary>
public static class FaultLabels
{
    private const int CauseBits = 8;

    /// <summary>The label value of a stage.</summary>
    public static string Of(FaultStage stage) => Snake(stage.ToString());

    /// <summary>The label value of a cause.</summary>
    public static string Of(FaultCause cause) => Snake(cause.ToString());

    internal static int Key(Fault fault) => ((int)fault.Stage << CauseBits) | (int)fault.Cause;

    internal static LabelSet Labels(LabelSet common, int key) => common.With(
        (RoutingMetricLabels.Stage, Of((FaultStage)(key >> CauseBits))),
        (RoutingMetricLabels.Cause, Of((FaultCause)(key & ((1 << CauseBits) - 1)))));

    private static string Snake(string pascal)
    {
        StringBuilder snake = new();
        foreach (char letter in pascal)
        {
            if (char.IsAsciiLetterUpper(letter) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(letter));
        }

        return snake.ToString();
    }
}
