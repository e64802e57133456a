namespace Mesh.Actors.Journals.Quorum.Requests;

/// <summary>What a call does, and so whether it may be said twice when no answer comes.</summary>
internal enum CallKind : byte
{
    /// <summary>Changes nothing: repeated until somebody answers.</summary>
    Read,

    /// <summary>
    /// A command that does the same when taken twice (a lease for the same holder, a claim of the same owner): repeated while nothing is heard.
    /// </summary>
    RepeatableWrite,

    /// <summary>A command that may be taken once only: sent once.</summary>
    Write,
}
