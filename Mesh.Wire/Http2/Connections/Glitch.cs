namespace Mesh.Wire.Http2.Connections;

/// <summary>What a peer did oddly; <see cref="GlitchBudget"/> has what each costs.</summary>
public enum Glitch : byte
{
    /// <summary>A frame that was answered, or came to nothing.</summary>
    Frame = 0,

    /// <summary>A request that its sender gave up.</summary>
    Cancel,

    /// <summary>A stream that this side had to reset.</summary>
    Error,

    /// <summary>A stream whose sender let no byte of its response through.</summary>
    Stall,

    /// <summary>More of all these than is allowed, or a limit that only attackers reach: its connection was ended.</summary>
    Abuse,
}
