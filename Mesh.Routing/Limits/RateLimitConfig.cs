namespace Mesh.Routing.Limits;

/// <summary>A steady rate with bursts: a token bucket. Compared by value.</summary>
/// <param name="RequestsPerSecond">Above 0.</param>
/// <param name="Burst">Requests that may come at once after a pause; 1 or more.</param>
public sealed record RateLimitConfig(double RequestsPerSecond, int Burst);
