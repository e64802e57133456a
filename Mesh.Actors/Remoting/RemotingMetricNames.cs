namespace Mesh.Actors.Remoting;

/// <summary>Every series of remoting; docs/METRICS.md says what each means.</summary>
public static class RemotingMetricNames
{
    public const string Sessions = "mesh_remoting_sessions";
    public const string SessionEnds = "mesh_remoting_session_ends_total";
    public const string HandshakeFailures = "mesh_remoting_handshake_failures_total";
    public const string ReceivedFrames = "mesh_remoting_received_messages_total";
    public const string SentFrames = "mesh_remoting_sent_frames_total";
    public const string ReceivedBytes = "mesh_remoting_received_bytes_total";
    public const string SentBytes = "mesh_remoting_sent_bytes_total";
    public const string Drops = "mesh_remoting_drops_total";
    public const string HandlerFailures = "mesh_remoting_handler_failures_total";
    public const string Lateness = "mesh_control_loop_lateness_seconds";
}
