using Mesh.Actors.Events;
using Mesh.Node.Hosting;
using Mesh.Tests.Kit;
using Microsoft.Extensions.Logging;
using Xunit;
using LogLevel = Mesh.Actors.Events.LogLevel;

namespace Mesh.Tests.Node.Admin;

public sealed class NodeLogTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly NodeLog _log;

    public NodeLogTests() => _log = new NodeLog(_output, new FakeTime());

    public void Dispose() => _output.Dispose();

    [Fact]
    public void ByDefault_InfoIsWrittenAndDebugIsNot()
    {
        _log.Debug("node", "small");
        _log.Info("node", "large");

        Assert.Equal("2026-01-01T00:00:00.000Z INFO  node: large\n", _output.ToString());
    }

    [Fact]
    public void ALoggersLevel_HoldsForItsSourcesOnly()
    {
        _log.Levels.TrySet("namer", NodeLogLevel.Debug);
        _log.Levels.TrySet("node", NodeLogLevel.Off);

        _log.Debug("namer io.l5d.fs", "shown");
        _log.Debug("admin", "hidden");
        _log.Error("node", "hidden");

        Assert.Equal("2026-01-01T00:00:00.000Z DEBUG namer io.l5d.fs: shown\n", _output.ToString());
    }

    [Fact]
    public void RootsLevel_HoldsForWhoeverHasNone()
    {
        _log.Levels.TrySet("namer", NodeLogLevel.Info);
        _log.Levels.TrySet(LogLevels.Root, NodeLogLevel.Error);

        _log.Info("namer", "1");
        _log.Info("node", "hidden");
        _log.Info("nobody knows this source", "hidden");
        _log.Write(new LogEvent(LogLevel.Warning, "/user/a", "hidden"));
        _log.Write(new LogEvent(LogLevel.Error, "/user/a", "2"));

        Assert.Equal("2026-01-01T00:00:00.000Z INFO  namer: 1\n2026-01-01T00:00:00.000Z ERROR /user/a: 2\n", _output.ToString());
    }

    [Fact]
    public void AnAuditLine_IsWrittenWhateverTheLevels()
    {
        _log.Levels.TrySet(LogLevels.Root, NodeLogLevel.Off);

        _log.Audit("admin", "somebody did something");

        Assert.Equal("2026-01-01T00:00:00.000Z AUDIT admin: somebody did something\n", _output.ToString());
    }

    [Fact]
    public void ALibrary_SpeaksAsOneSource()
    {
        using NodeLoggerFactory factory = new(_log, "admin");
        ILogger logger = factory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");

        logger.LogInformation("started");
        logger.LogWarning("odd");

        Assert.Equal("2026-01-01T00:00:00.000Z WARN  admin: odd\n", _output.ToString());
    }
}
