using System.Globalization;

namespace Mesh.Node.Config.Schema;

/// <summary>A whole number within a range, with its unit.</summary>
internal sealed class IntKey(string name, int whenAbsent, int least, int most, string unit, string doc) : ScalarKey<int>(name, whenAbsent, doc)
{
    public override KeyShape Shape => new("number", Numbers.Text(Default), unit, Numbers.Range(least, most));

    public override ScalarForm Form => ScalarForm.Number;

    protected override string Expected => Numbers.Expected(least, most, unit);

    protected override bool TryParse(string text, out int value) => Numbers.TryParse(text, least, most, out value);
}

/// <summary>A number within a range, with or without a decimal point.</summary>
internal sealed class DecimalKey(string name, double whenAbsent, double least, double most, string unit, string doc)
    : ScalarKey<double>(name, whenAbsent, doc)
{
    public override KeyShape Shape => new("number", Numbers.Text(Default), unit, $"{Numbers.Text(least)}..{Numbers.Text(most)}");

    public override ScalarForm Form => ScalarForm.Number;

    protected override string Expected =>
        $"a number{(unit.Length == 0 ? "" : $" of {unit}")} from {Numbers.Text(least)} to {Numbers.Text(most)}";

    protected override bool TryParse(string text, out double value) => Numbers.TryParse(text, out value) && value >= least && value <= most;
}

/// <summary>A whole number within a range that need not be given; its absence means something of its own (<c>absent</c>).</summary>
internal sealed class OptionalIntKey(string name, string absent, int least, int most, string unit, string doc) : ScalarKey<int?>(name, null, doc)
{
    public override KeyShape Shape => new("number", absent, unit, Numbers.Range(least, most));

    public override ScalarForm Form => ScalarForm.Number;

    protected override string Expected => Numbers.Expected(least, most, unit);

    protected override bool TryParse(string text, out int? value)
    {
        bool parsed = Numbers.TryParse(text, least, most, out int number);
        value = parsed ? number : null;
        return parsed;
    }
}

/// <summary>Numbers as configs write them: decimal digits and a sign, nothing that depends on the machine's language.</summary>
internal static class Numbers
{
    public static bool TryParse(string text, int least, int most, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    /// <summary>Digits with at most one point: no exponent, no infinity.</summary>
    public static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value);

    public static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    public static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Range(int least, int most) => $"{Text(least)}..{Text(most)}";

    public static string Expected(int least, int most, string unit) =>
        $"a whole number{(unit.Length == 0 ? "" : $" of {unit}")} from {Text(least)} to {Text(most)}";
}
