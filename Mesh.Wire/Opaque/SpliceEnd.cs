namespace Mesh.Wire.Opaque;

/// <summary>How a <see cref="Splice"/> ended.</summary>
public enum SpliceEnd : byte
{
    /// <summary>In order: both sides said their last byte, or one of them did and then took no more, as one does that has closed.</summary>
    Ended = 0,

    /// <summary>The client reset the connection, or its system gave it up.</summary>
    ClientBroke,

    /// <summary>The server did.</summary>
    ServerBroke,

    /// <summary>Not a byte moved for the time that the settings give.</summary>
    Idle,

    /// <summary>The node is stopping, and nothing moved any more.</summary>
    Drained,

    /// <summary>This side broke it: <see cref="Splice.Abort"/>.</summary>
    Aborted,
}
