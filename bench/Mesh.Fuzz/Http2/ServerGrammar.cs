using System.Globalization;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Fuzz.Http2;

/// <summary>What servers send; between it, the requests that we make there.</summary>
internal sealed class ServerGrammar(Dice dice) : FrameGrammar(dice)
{
    /// <summary>An event: a request is made, of the kind that the next byte tells.</summary>
    public const byte Ask = 0xE1;

    private static readonly (string Name, string Value)[] s_fields =
    [
        ("content-type", "text/plain"), ("set-cookie", "a=1"), ("server", "x"), ("x-a", "b"), ("date", "now"), ("x-long", new string('v', 3000)),
        ("content-length", "5"),
        ("connection", "close"), ("X-Upper", "1"), ("x-lf", "a\nb"), (":late", "1"),
    ];

    private readonly List<int> _asked = [];
    private int _nextId = 1;

    protected override void Begin()
    {
        Settings(Dice.Next(3));
        if (Dice.Chance(70)) Frame(FrameType.Settings, FrameFlags.Ack, 0, default);
        for (int count = 1 + Dice.Next(3); count > 0; count--) Request();
    }

    protected override void Head()
    {
        if (_asked.Count == 0 || Dice.Chance(25))
        {
            Request();
            return;
        }

        int id = Dice.Chance(95) ? Dice.Pick<int>(_asked.ToArray()) : Dice.Next(14);
        if (Dice.Chance(15)) Block(id, [(":status", Dice.Pick<string>(["100", "103", "101"]))], ends: Dice.Chance(5));
        bool ends = Dice.Chance(30);
        List<(string, string)> fields = [(":status", Dice.Pick<string>(["200", "200", "204", "304", "404", "503", "099", "2000", ""]))];
        if (Dice.Chance(3)) fields.Insert(Dice.Next(2), Dice.Pick<(string, string)>([(":path", "/"), (":status", "200")]));
        int common = Dice.Chance(85) ? 6 : s_fields.Length;
        for (int count = Dice.Next(3); count > 0; count--) fields.Add(Dice.Pick<(string, string)>(s_fields.AsSpan(0, common)));
        if (!ends && Dice.Chance(10)) fields.Add(("content-length", Dice.Size(300).ToString(CultureInfo.InvariantCulture)));
        Block(id, fields, ends);
        _asked.Remove(id);
        if (!ends) Open.Add(id);
    }

    private void Request()
    {
        Parts.Add([Ask, (byte)Dice.Next(256)]);
        _asked.Add(_nextId);
        _nextId += 2;
    }
}
