using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.Actors.Remoting;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>
/// Every message that may cross between nodes, as the bytes of a former release: what those bytes meant, they mean for ever.
/// </summary>
/// <remarks>
/// Golden/NAME.bin has the bytes, Golden/NAME.json what they say. A new message gets both by <c>MESH_GOLDEN=write dotnet test Mesh.Tests --filter
/// FullyQualifiedName~GoldenTests</c>, which fills every field and never overwrites a file: a file that must change means that the wire breaks.
/// </remarks>
public sealed class GoldenTests
{
    private const string Folder = "Mesh.Tests/Actors/Remoting/Golden";

    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(false).WithIndentation());

    private static readonly bool Writes = Environment.GetEnvironmentVariable("MESH_GOLDEN") == "write";

    /// <summary>The kinds of every room: static fields or properties <c>All</c> of types named ..Kinds.</summary>
    private static readonly MessageKind[] Kinds =
    [
        .. typeof(MessageKind).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Kinds", StringComparison.Ordinal))
            .SelectMany(type => type.GetMember("All", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(member => member is FieldInfo field ? field.GetValue(null) : ((PropertyInfo)member).GetValue(null))
            .OfType<IEnumerable<MessageKind>>()
            .SelectMany(kinds => kinds),
    ];

    public static TheoryData<string> Names => [.. Kinds.Select(kind => kind.Type.FullName!)];

    [Fact]
    public void AllRoomsTogether_MakeOneCatalog() => Assert.Equal(Kinds.Length, new MessageCatalog(Kinds).Kinds.Count);

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryMessage_ReadsItsGoldenBytes_AndWritesThemAgain(string type)
    {
        MessageKind kind = Kinds.Single(each => each.Type.FullName == type);
        string name = $"{kind.Number:D3}-{kind.Type.Name}";
        string bin = RepositoryRoot.At($"{Folder}/{name}.bin"), json = RepositoryRoot.At($"{Folder}/{name}.json");
        if (Writes && !File.Exists(bin)) Write(kind, bin, json);
        Assert.True(File.Exists(bin), $"{name} has no golden file; MESH_GOLDEN=write makes it");

        byte[] bytes = File.ReadAllBytes(bin);
        IMessage message = kind.Parser.ParseFrom(bytes);

        Assert.Equal(File.ReadAllText(json).TrimEnd(), Json.Format(message).ReplaceLineEndings("\n"));
        Assert.Equal(bytes, message.ToByteArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FieldsOfANewerVersion_AreNoFault_AndAreNotLost(string type)
    {
        MessageKind kind = Kinds.Single(each => each.Type.FullName == type);
        // Field 1999, length-delimited, "new".
        byte[] newer = [.. Filled(kind, depth: 0).ToByteArray(), 0xFA, 0x7C, 3, (byte)'n', (byte)'e', (byte)'w'];

        IMessage message = kind.Parser.ParseFrom(newer);

        Assert.Equal(newer, message.ToByteArray());
    }

    private static void Write(MessageKind kind, string bin, string json)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(bin)!);
        IMessage message = Filled(kind, depth: 0);
        File.WriteAllBytes(bin, message.ToByteArray());
        File.WriteAllText(json, Json.Format(message).ReplaceLineEndings("\n") + "\n");
    }

    private static IMessage Filled(MessageKind kind, int depth) => Filled(((IMessage)Activator.CreateInstance(kind.Type)!).Descriptor, depth);

    /// <summary>Every field has a value of its own; of a oneof the last one stands. Messages inside themselves end at depth 3.</summary>
    private static IMessage Filled(MessageDescriptor descriptor, int depth)
    {
        IMessage message = descriptor.Parser.ParseFrom(ByteString.Empty);
        foreach (FieldDescriptor field in descriptor.Fields.InFieldNumberOrder())
        {
            if (depth >= 3 && field.FieldType == FieldType.Message) continue;
            if (field.IsMap) Put((System.Collections.IDictionary)field.Accessor.GetValue(message), field, depth);
            else if (field.IsRepeated) ((System.Collections.IList)field.Accessor.GetValue(message)).Add(Value(field, depth));
            else field.Accessor.SetValue(message, Value(field, depth));
        }

        return message;
    }

    private static void Put(System.Collections.IDictionary map, FieldDescriptor field, int depth) =>
        map[Value(field.MessageType.FindFieldByNumber(1), depth)] = Value(field.MessageType.FindFieldByNumber(2), depth);

    private static object Value(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.String => $"text {field.FieldNumber}",
        FieldType.Bytes => ByteString.CopyFrom([1, 2, (byte)field.FieldNumber]),
        FieldType.Bool => true,
        FieldType.Double => field.FieldNumber + 0.5,
        FieldType.Float => field.FieldNumber + 0.5f,
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => 100_000 + field.FieldNumber,
        FieldType.UInt32 or FieldType.Fixed32 => 100_000U + (uint)field.FieldNumber,
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => 10_000_000_000L + field.FieldNumber,
        FieldType.UInt64 or FieldType.Fixed64 => 10_000_000_000UL + (ulong)field.FieldNumber,
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[^1].Number),
        _ => Filled(field.MessageType, depth + 1),
    };
}
