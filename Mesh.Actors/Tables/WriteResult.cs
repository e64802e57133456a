namespace Mesh.Actors.Tables;

/// <summary>What became of a write at this node.</summary>
public enum WriteResult
{
    /// <summary>It is visible here and on its way to the others.</summary>
    Accepted,

    /// <summary>The table says that already; nothing was sent.</summary>
    Unchanged,

    /// <summary>Maps: the table has a newer version. Nothing was written.</summary>
    Outdated,

    /// <summary>The value is longer than <see cref="TableSettings.MaxValueBytes"/>.</summary>
    ValueTooBig,

    /// <summary>The key is empty, or longer than <see cref="TableSettings.MaxKeyBytes"/>.</summary>
    BadKey,

    /// <summary>The table has as many rows or bytes as it may have, or this node has in it.</summary>
    Full,

    /// <summary>Maps: a version with sequence 0.</summary>
    BadVersion,
}
