using Mesh.Discovery.Names;

namespace Mesh.Routing.Dtabs;

/// <summary>What came of a part of a binding; its text is the trail's wording.</summary>
internal abstract record BindOutcome
{
    /// <summary>Nothing behind the name serves.</summary>
    public static Tree Neg { get; } = new(new NameTree<Name.Bound>.Neg(), false);

    /// <summary>As <see cref="Neg"/>, where no rule leads on and no namer answers.</summary>
    public static Tree Unknown { get; } = new(new NameTree<Name.Bound>.Neg(), false) { IsUnknown = true };

    public static Tree Empty { get; } = new(new NameTree<Name.Bound>.Empty(), false);

    public bool IsNeg => this is Tree { Value: NameTree<Name.Bound>.Neg };

    public bool IsFail => this is Tree { Value: NameTree<Name.Bound>.Fail };

    public bool FallsThrough => IsNeg || this is Tree { IsKnownEmpty: true };

    public sealed record Pending : BindOutcome
    {
        public static Pending Instance { get; } = new();

        /// <summary>As the namer says.</summary>
        public string? Why { get; init; }

        public override string ToString() => Why is null ? "not known yet" : $"not known yet: {Why}";
    }

    public sealed record Failed(BindFailureKind Kind, string Reason) : BindOutcome
    {
        public override string ToString() => $"failed: {Reason}";
    }

    /// <summary>Known-empty: destinations, none of which has an address.</summary>
    public sealed record Tree(NameTree<Name.Bound> Value, bool IsKnownEmpty) : BindOutcome
    {
        public bool IsUnknown { get; init; }

        /// <summary>Branches of a union that are not known yet were left out.</summary>
        public bool IsPartial { get; init; }

        public override string ToString() => Value switch
        {
            NameTree<Name.Bound>.Neg when IsUnknown => "no rule and no namer knows it (~)",
            NameTree<Name.Bound>.Neg => "nothing to route to (~)",
            NameTree<Name.Bound>.Fail => "not routable (!)",
            NameTree<Name.Bound>.Empty => "exists without replicas ($)",
            _ when IsKnownEmpty => $"no address in {BoundText.Of(Value)}",
            _ => $"bound to {BoundText.Of(Value)}",
        };
    }

    /// <summary>An alternative behind one that ended the search.</summary>
    public sealed record Untried(string Why) : BindOutcome
    {
        private static readonly Untried _afterPending = new("not tried: the one before it is not known yet");
        private static readonly Untried _afterFailed = new("not tried: the one before it failed, which no alternative covers up");
        private static readonly Untried _afterFail = new("not tried: ! ends the search");
        private static readonly Untried _afterEmpty = new("not tried: $ ends the search");
        private static readonly Untried _afterBound = new("not tried: the one before it is used");

        public static Untried After(BindOutcome before) => before switch
        {
            Pending => _afterPending,
            Failed => _afterFailed,
            { IsFail: true } => _afterFail,
            Tree { Value: NameTree<Name.Bound>.Empty } => _afterEmpty,
            _ => _afterBound,
        };

        public override string ToString() => Why;
    }
}
