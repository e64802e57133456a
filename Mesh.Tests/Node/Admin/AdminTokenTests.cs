using Mesh.Node.Admin;
using Mesh.Node.Hosting;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class AdminTokenTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-token-");

    private string State => Path.Combine(_folder.FullName, "a", "state");

    private string TokenFile => Path.Combine(State, AdminToken.FileName);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void TheFirstRead_MakesATokenThatOnlyItsOwnerReads()
    {
        Assert.True(Read(out string token, out _));

        Assert.Equal(43, token.Length);
        Assert.True(Read(out string again, out _));
        Assert.Equal(token, again);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenFile));
        Assert.Equal(UnixFileMode.None, new DirectoryInfo(State).UnixFileMode & (UnixFileMode.OtherRead | UnixFileMode.GroupRead));
    }

    [Fact]
    public async Task NodesThatStartAtOnce_AgreeOnOneToken()
    {
        Func<string> read = () => Read(out string token, out string? why) ? token : why!;

        string[] tokens = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(read)));

        Assert.Single(tokens.Distinct());
        Assert.Single(Directory.GetFiles(State));
    }

    [Fact]
    public void AnOperatorsOwnToken_IsTakenAndItsFileTightened()
    {
        Directory.CreateDirectory(State);
        File.WriteAllText(TokenFile, "  sixteen-letters!\n");

        Assert.True(Read(out string token, out _));

        Assert.Equal("sixteen-letters!", token);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenFile));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(2000)]
    public void ATokenTooShortOrTooLong_IsNone(int length)
    {
        Directory.CreateDirectory(State);
        File.WriteAllText(TokenFile, new string('x', length));

        Assert.False(Read(out _, out string? why));

        Assert.Contains("16 to 1024 characters", why, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutADirectory_ItSaysWhatToSet()
    {
        AdminToken token = new(StateDirectory.Of(static _ => null));

        Assert.False(token.TryRead(out _, out string? why));
        Assert.Equal("no state directory: set MESH_STATE_DIR to a directory that the node may write", why);
    }

    [Theory]
    [InlineData("/own", "/xdg", "/me", "/own")]
    [InlineData(null, "/xdg", "/me", "/xdg/mesh")]
    [InlineData(null, "relative", "/me", "/me/.local/state/mesh")]
    [InlineData("", "", "/me", "/me/.local/state/mesh")]
    [InlineData(null, null, "", null)]
    public void TheEnvironment_NamesTheDirectory(string? own, string? xdg, string? home, string? expected)
    {
        StateDirectory directory = StateDirectory.Of(name => name switch
        {
            "MESH_STATE_DIR" => own,
            "XDG_STATE_HOME" => xdg,
            "HOME" => home,
            _ => null,
        });

        Assert.Equal(expected, directory.Path);
    }

    private bool Read(out string token, out string? why)
    {
        bool read = new AdminToken(new StateDirectory(State)).TryRead(out string? found, out why);
        token = found ?? "";
        return read;
    }
}
