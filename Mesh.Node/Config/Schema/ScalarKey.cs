using Mesh.Node.Config.Yaml;

namespace Mesh.Node.Config.Schema;

/// <summary>A key with a single value.</summary>
internal abstract class ScalarKey<T>(string name, T whenAbsent, string doc) : Key<T>(name, doc)
{
    /// <summary>The value where none is written.</summary>
    public T Default { get; } = whenAbsent;

    /// <summary>A doubt about a valid value, such as an admin port that everyone can reach; null where there is none.</summary>
    public Func<T, string?>? Doubt { get; init; }

    /// <summary>Why a value of the right form is refused all the same, such as a name that is somebody else's; null where it is not.</summary>
    public Func<T, string?>? Refusal { get; init; }

    /// <summary>What would be right: <c>a whole number from 0 to 65535</c>.</summary>
    protected abstract string Expected { get; }

    public override void Check(Position keyAt, YamlNode value, CheckContext context)
    {
        string fallback = !Required && Shape.Default is { Length: > 0 } text ? $" (default {text})" : "";
        if (value is not YamlScalar scalar)
            context.Faults.Fault(value.At, $"`{Name}` is {value.KindText}; it must be {Expected}{fallback}");
        else if (!TryParse(scalar.Text, out T parsed))
            context.Faults.Fault(value.At, $"`{Name}` is {Quoting.Quote(scalar.Text)}; it must be {Expected}{fallback}");
        else if (Refusal?.Invoke(parsed) is { } why)
            context.Faults.Fault(value.At, $"`{Name}` is {Quoting.Quote(scalar.Text)}; {why}");
        else if (Doubt?.Invoke(parsed) is { } doubt)
            context.Faults.Warn(value.At, doubt);
        else
            CheckWorld(scalar, parsed, context);
    }

    public override T Read(YamlNode? value) => value is YamlScalar scalar && TryParse(scalar.Text, out T parsed) ? parsed : Default;

    /// <summary>Reports what only the world outside the text can tell, such as a directory that does not exist.</summary>
    protected virtual void CheckWorld(YamlScalar scalar, T parsed, CheckContext context)
    {
    }

    protected abstract bool TryParse(string text, out T value);
}
