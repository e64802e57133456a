namespace Mesh.Tests.EndToEnd;

/// <summary>A directory of address files for io.l5d.fs, gone with the test.</summary>
internal sealed class NamesFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-names-").FullName;

    public string Folder => _folder;

    /// <summary>The top-level keys that make a node read it.</summary>
    public string Config => $"namers: [{{kind: io.l5d.fs, rootDir: '{_folder}'}}]";

    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Replaces a file as a whole, as a careful operator does.</summary>
    public void Write(string name, string text)
    {
        string fresh = Path.Combine(_folder, ".new");
        File.WriteAllText(fresh, text);
        File.Move(fresh, PathOf(name), overwrite: true);
    }

    public void Write(string name, params Origin[] origins) => Write(name, string.Concat(origins.Select(origin => $"127.0.0.1 {origin.Port}\n")));

    public void Delete(string name) => File.Delete(PathOf(name));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
