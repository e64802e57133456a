using Mesh.Actors.Events;

namespace Mesh.Actors.Membership.Joining;

/// <summary>What a node that is in no cluster waits for: told when it changes, and once a minute while it does not.</summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class WaitingNote(MembershipCore core)
{
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);

    private string _last = "";
    private TimeSpan _saidAt;

    /// <summary>Empty when it waits for nothing.</summary>
    public string Text { get; private set; } = "";

    public void Say(string text, LogLevel level = LogLevel.Info)
    {
        Text = text;
        TimeSpan now = core.Loop.Now;
        if (text == _last && now - _saidAt < s_again) return;
        (_last, _saidAt) = (text, now);
        core.Log(level, text);
    }

    public void Clear() => Text = "";
}
