using Mesh.Actors.Journals;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

public sealed class JournalSettingsTests
{
    [Fact]
    public void SettingsThatCannotWork_AreAllTold()
    {
        JournalSettings bad = new()
        {
            Kind = JournalKind.Postgresql,
            Schema = "Drop table",
            MaxConnections = 0,
            CommandTimeout = TimeSpan.FromSeconds(1),
        };

        string[] faults = [.. bad.Faults()];

        Assert.Equal(
            ["connectionString", "schema", "maxConnections", "commandTimeout"],
            faults.Select(each => each[..each.IndexOf(':', StringComparison.Ordinal)]));
    }
}
