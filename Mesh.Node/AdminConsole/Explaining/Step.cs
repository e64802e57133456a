using System.Collections.Immutable;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>What a step of an explanation says of the request.</summary>
internal enum StepVerdict
{
    /// <summary>It is so; neither good nor bad.</summary>
    Fact,

    /// <summary>The request goes on this way.</summary>
    Yes,

    /// <summary>It does not.</summary>
    No,

    /// <summary>Nobody can tell: something has not answered.</summary>
    Unknown,
}

/// <summary>One step of an explanation, with what it rests on below it. Immutable; the whole explanation is the first step.</summary>
/// <param name="Kind">A word for machines: <c>identifier</c>, <c>rule</c>, <c>endpoint</c> ..</param>
/// <param name="Verdict">What it says.</param>
/// <param name="Text">One sentence for people.</param>
internal sealed record Step(string Kind, StepVerdict Verdict, string Text)
{
    public ImmutableArray<Step> Steps { get; init; } = [];

    /// <summary>For machines: what the sentence is made of, names and values.</summary>
    public ImmutableArray<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>This step and all below it.</summary>
    public IEnumerable<Step> All() => [this, .. Steps.SelectMany(static step => step.All())];

    public static Step Fact(string kind, string text, params ImmutableArray<Step> steps) => new(kind, StepVerdict.Fact, text) { Steps = steps };

    public static Step Yes(string kind, string text, params ImmutableArray<Step> steps) => new(kind, StepVerdict.Yes, text) { Steps = steps };

    public static Step No(string kind, string text, params ImmutableArray<Step> steps) => new(kind, StepVerdict.No, text) { Steps = steps };

    public static Step Unknown(string kind, string text, params ImmutableArray<Step> steps) => new(kind, StepVerdict.Unknown, text) { Steps = steps };
}
