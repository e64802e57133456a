namespace Mesh.Actors.Remoting.Frames;

/// <summary>The most that a frame, and a message of a lane, may have; looked at before memory is taken.</summary>
internal static class FrameLimits
{
    /// <summary>Bytes of one frame's body: a message that has more is cut, and other lanes get between the slices.</summary>
    public const int MaxSliceBytes = 64 * 1024;

    /// <summary>Bytes of a slice that others follow, at least: each costs memory of its own, so crumbs would cost many times what was sent.</summary>
    public const int MinSliceBytes = 4 * 1024;

    /// <summary>Bytes of a frame before both sides have agreed: a hello.</summary>
    public const int MaxHelloBytes = 4 * 1024;

    public const int MaxControlBytes = 64 * 1024;
    public const int MaxSystemBytes = 256 * 1024;
    public const int MaxUserBytes = 1024 * 1024;
    public const int MaxBulkBytes = 4 * 1024 * 1024;

    /// <summary>How many lanes there are.</summary>
    public const int Lanes = 4;

    /// <summary>Bytes of a message, all slices together.</summary>
    public static int Of(Lane lane) => lane switch
    {
        Lane.Control => MaxControlBytes,
        Lane.System => MaxSystemBytes,
        Lane.User => MaxUserBytes,
        _ => MaxBulkBytes,
    };
}
