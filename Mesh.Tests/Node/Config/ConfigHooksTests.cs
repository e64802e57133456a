using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What a check reads of the files that a config names.</summary>
public sealed class ConfigHooksTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-hooks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void File_IsReadWhole()
    {
        File.WriteAllText(At("a"), "text");

        Assert.Equal("text", Read(At("a")));
    }

    [Fact]
    public void WhatIsNoFile_OrTooLarge_IsNull()
    {
        File.WriteAllBytes(At("large"), new byte[ConfigHooks.MaxFileBytes + 1]);

        Assert.Null(Read(At("missing")));
        Assert.Null(Read(_folder));
        Assert.Null(Read("a\0b"));
        Assert.Null(Read(At("large")));
    }

    private static string? Read(string path) => new ConfigHooks(static _ => null, Directory.Exists).ReadFile(path);

    private string At(string name) => Path.Combine(_folder, name);
}
