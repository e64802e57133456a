using Xunit;

namespace Mesh.Tests.Kit;

/// <summary>A fact that is skipped, by name and with the reason, where the machine lacks what it needs.</summary>
/// <param name="missing">What is missing, or null when the fact can run.</param>
[AttributeUsage(AttributeTargets.Method)]
internal abstract class FactIfAttribute(string? missing) : FactAttribute
{
    /// <inheritdoc/>
    public override string Skip { get => missing ?? base.Skip; set => base.Skip = value; }
}

/// <summary>Runs on Linux only: epoll, /proc, signals.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute() : FactIfAttribute(OperatingSystem.IsLinux() ? null : "needs Linux");

/// <summary>Runs where Node.js, npm and the conformance folder are; see <see cref="ConformanceFolder"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceFactAttribute() : FactIfAttribute(ConformanceFolder.Missing);
