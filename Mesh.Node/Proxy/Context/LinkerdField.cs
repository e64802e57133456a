using System.Text;

namespace Mesh.Node.Proxy.Context;

/// <summary>The <c>l5d-*</c> fields that a hop reads, replaces or consumes; all others of that prefix travel untouched.</summary>
internal enum LinkerdField : byte
{
    Other = 0,

    /// <summary><c>l5d-dtab</c>: rules of a user for one request; consumed.</summary>
    Dtab,

    /// <summary><c>l5d-ctx-dtab</c>: the rules so far; written again with those of <see cref="Dtab"/>.</summary>
    ContextDtab,

    /// <summary><c>l5d-ctx-deadline</c>: wall-clock nanoseconds; forwarded, tightened, never enforced.</summary>
    ContextDeadline,

    /// <summary><c>l5d-ctx-trace</c>: the trace; forwarded, begun where there is none.</summary>
    ContextTrace,

    /// <summary><c>l5d-sample</c>: the share of traces that is sampled; consumed.</summary>
    Sample,

    /// <summary><c>l5d-reqid</c>: the trace's id, for logs; replaced.</summary>
    RequestId,

    /// <summary><c>l5d-dst-*</c>: how the request was routed; replaced.</summary>
    Destination,

    /// <summary><c>l5d-remaining-ms</c>, Mesh's own: the time left when the node before sent the request; enforced, replaced.</summary>
    Remaining,

    /// <summary><c>l5d-add-context</c>: asks for a diagnosis of TRACE.</summary>
    AddContext,

    /// <summary><c>l5d-success-class</c> of a response: the classifier's verdict; replaced.</summary>
    SuccessClass,

    /// <summary><c>l5d-err</c> of a response: some mesh node, not the application, made it.</summary>
    Error,
}

/// <summary>Tells <c>l5d-*</c> fields apart.</summary>
/// <remarks>Hot path where a head has such fields: by length, then one comparison.</remarks>
internal static class LinkerdFields
{
    /// <param name="name">A field name that begins with <c>l5d-</c> in any case.</param>
    public static LinkerdField Find(ReadOnlySpan<byte> name)
    {
        if (name.Length > 8 && Ascii.EqualsIgnoreCase(name[..8], "l5d-dst-"u8)) return LinkerdField.Destination;
        return name.Length switch
        {
            7 => Is(name, "l5d-err"u8, LinkerdField.Error),
            8 => Is(name, "l5d-dtab"u8, LinkerdField.Dtab),
            9 => Is(name, "l5d-reqid"u8, LinkerdField.RequestId),
            10 => Is(name, "l5d-sample"u8, LinkerdField.Sample),
            12 => Is(name, "l5d-ctx-dtab"u8, LinkerdField.ContextDtab),
            13 => Is(name, "l5d-ctx-trace"u8, LinkerdField.ContextTrace),
            15 => Is(name, "l5d-add-context"u8, LinkerdField.AddContext),
            16 when Ascii.EqualsIgnoreCase(name, "l5d-ctx-deadline"u8) => LinkerdField.ContextDeadline,
            16 => Is(name, "l5d-remaining-ms"u8, LinkerdField.Remaining),
            17 => Is(name, "l5d-success-class"u8, LinkerdField.SuccessClass),
            _ => LinkerdField.Other,
        };
    }

    private static LinkerdField Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower, LinkerdField field) =>
        Ascii.EqualsIgnoreCase(name, lower) ? field : LinkerdField.Other;
}
