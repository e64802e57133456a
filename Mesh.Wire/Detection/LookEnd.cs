namespace Mesh.Wire.Detection;

/// <summary>Why a look at a connection's first bytes is over.</summary>
public enum LookEnd : byte
{
    /// <summary>They say enough.</summary>
    Known = 0,

    /// <summary>No byte came in the time for it.</summary>
    Silent,

    /// <summary>The rest did not follow the first in the time for it.</summary>
    Late,

    /// <summary>The client said its last byte, and they do not say enough.</summary>
    Cut,

    /// <summary>There is nobody any more, or the server stops; the transport is closed.</summary>
    Gone,
}
