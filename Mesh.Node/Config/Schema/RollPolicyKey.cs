using System.Globalization;

namespace Mesh.Node.Config.Schema;

/// <summary>
/// When a log is rolled: <c>never</c>, <c>hourly</c>, <c>daily</c>, <c>weekly(n)</c> with n from 1, Sunday, to 7, or a size such as
/// <c>100.megabytes</c>; case does not matter.
/// </summary>
/// <remarks>Source: Twitter util's logging Policy and StorageUnit. Their <c>sighup</c> is refused: SIGHUP reads the config again.</remarks>
internal sealed class RollPolicyKey(string name, string doc) : ScalarKey<RollPolicy>(name, RollPolicy.Never, doc)
{
    /// <summary>Units by the power of 1024 that they are.</summary>
    private static readonly string[] s_units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

    public override KeyShape Shape => new("roll policy", "never", "", "`never`, `hourly`, `daily`, `weekly(1..7)`, `<n>.megabytes`");

    protected override string Expected => "`never`, `hourly`, `daily`, `weekly(1)` (Sunday) to `weekly(7)`, or a size such as `100.megabytes`";

    protected override bool TryParse(string text, out RollPolicy value)
    {
        text = text.ToLowerInvariant();
        value = text switch
        {
            "hourly" => new RollPolicy(RollPolicyKind.Hourly),
            "daily" => new RollPolicy(RollPolicyKind.Daily),
            ['w', 'e', 'e', 'k', 'l', 'y', '(', >= '1' and <= '7' and var day, ')'] => new RollPolicy(RollPolicyKind.Weekly, (DayOfWeek)(day - '1')),
            _ => RollPolicy.Never,
        };
        return value.Kind != RollPolicyKind.Never || text == "never" || TryParseSize(text, ref value);
    }

    private static bool TryParseSize(string text, ref RollPolicy value)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out long count)) return false;
        string unit = text[(dot + 1)..];
        int power = Array.IndexOf(s_units, unit.EndsWith('s') ? unit[..^1] : unit);
        if (power < 0 || count < 1 || count > long.MaxValue >> (10 * power)) return false;
        value = new RollPolicy(RollPolicyKind.Size, Bytes: count << (10 * power));
        return true;
    }
}
