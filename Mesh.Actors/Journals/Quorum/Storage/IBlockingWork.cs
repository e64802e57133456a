namespace Mesh.Actors.Journals.Quorum.Storage;

/// <summary>Runs what may wait for a disk, one after the other, away from the control loop.</summary>
internal interface IBlockingWork
{
    /// <summary>Runs the work elsewhere, then <paramref name="done"/> on the control loop: with the result, or with what it threw.</summary>
    void Run<T>(Func<T> work, Action<T?, Exception?> done);
}
