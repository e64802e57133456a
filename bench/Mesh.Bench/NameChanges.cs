using System.Globalization;

namespace Mesh.Bench;

/// <summary>
/// Names that lead to one of two places, and what changes that while traffic flows: a dtab file that moves all names at once, or one address file
/// for each name.
/// </summary>
internal sealed class NameChanges
{
    private readonly string _folder;
    private readonly bool _byDtab;
    private readonly int[] _ports;
    private readonly int[] _places;
    private int _changes;

    public NameChanges(string by, int names, params int[] ports)
    {
        _byDtab = by switch { "dtab" => true, "files" => false, _ => throw new BenchException($"no --by {by}: dtab or files") };
        _ports = ports;
        _places = new int[names];
        _folder = Path.Combine(Layout.Root, Layout.Work, "names-" + by);
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);
        if (_byDtab) Write("dtab", Dtab(0));
        else for (int name = 0; name < names; name++) Write(NameOf(name), Address(0));
    }

    /// <summary>Changes made so far.</summary>
    public int Count => _changes;

    public static string NameOf(int number) => $"name{number.ToString("00000", CultureInfo.InvariantCulture)}.test";

    /// <summary>The place, 0 or 1, where a name leads after the last change.</summary>
    public int PlaceOf(int name) => _byDtab ? _changes % 2 : _places[name];

    public string Config(int loops) => $$"""
        admin: {port: 0}
        loops: {{loops}}
        {{(_byDtab ? "" : $"namers: [{{kind: io.l5d.fs, rootDir: {_folder}}}]")}}
        routers:
        - protocol: http
          bindingCache: {paths: {{_places.Length + 1000}}, clients: {{_places.Length + 1000}}}
          {{(_byDtab ? $"interpreter: {{kind: io.l5d.fs, dtabFile: {_folder}/dtab}}" : "dtab: /svc => /#/io.l5d.fs")}}
          servers:
          - port: 0

        """;

    /// <summary>So many changes a second until cancelled; what the machine did not let happen in time is made up for.</summary>
    public async Task RunAsync(int perSecond, CancellationToken stop)
    {
        using PeriodicTimer pace = new(TimeSpan.FromSeconds(1.0 / perSecond));
        try
        {
            while (await pace.WaitForNextTickAsync(stop)) Change();
        }
        catch (OperationCanceledException)
        {
            // The end of a round.
        }
    }

    private void Change()
    {
        int change = _changes++;
        if (_byDtab)
        {
            Write("dtab", Dtab(_changes % 2));
            return;
        }

        int name = change % _places.Length;
        _places[name] ^= 1;
        Write(NameOf(name), Address(_places[name]));
    }

    private string Dtab(int place) => $"/svc => /$/inet/127.0.0.1/{_ports[place]};\n";

    private string Address(int place) => $"127.0.0.1 {_ports[place]}\n";

    /// <summary>Renamed into its place: nobody reads half a file.</summary>
    private void Write(string name, string text)
    {
        string temporary = _folder + ".new";
        File.WriteAllText(temporary, text);
        File.Move(temporary, Path.Combine(_folder, name), overwrite: true);
    }
}
