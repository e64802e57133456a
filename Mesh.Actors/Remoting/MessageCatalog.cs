using System.Collections.Frozen;
using Google.Protobuf;

namespace Mesh.Actors.Remoting;

/// <summary>The number by which a message crosses the wire, and what reads it.</summary>
/// <param name="Number">
/// Never used again for another message. Remoting and actors have 1 to 99, membership 100 to 139, the failure detector 140 to 159,
/// tables 200 to 299, consensus 300 to 399, sharding 400 to 499.
/// </param>
/// <param name="Type">The generated type.</param>
/// <param name="Parser">Reads one.</param>
public readonly record struct MessageKind(ushort Number, Type Type, MessageParser Parser)
{
    public static MessageKind Of<T>(ushort number, MessageParser<T> parser) where T : IMessage<T> => new(number, typeof(T), parser);
}

/// <summary>
/// Every message that protocols may exchange. A number that is not here is of a newer version: dropped and counted, never an error.
/// </summary>
public sealed class MessageCatalog
{
    private readonly FrozenDictionary<ushort, MessageParser> _parsers;
    private readonly FrozenDictionary<Type, ushort> _numbers;

    /// <exception cref="ArgumentException">Two kinds share a number or a type.</exception>
    public MessageCatalog(IEnumerable<MessageKind> kinds)
    {
        MessageKind[] all = [.. kinds];
        if (all.Select(kind => kind.Number).Distinct().Count() != all.Length)
            throw new ArgumentException("two kinds of message share a number", nameof(kinds));
        _parsers = all.ToFrozenDictionary(kind => kind.Number, kind => kind.Parser);
        _numbers = all.ToFrozenDictionary(kind => kind.Type, kind => kind.Number);
        Kinds = [.. all.OrderBy(kind => kind.Number)];
    }

    /// <summary>In order of number.</summary>
    public IReadOnlyList<MessageKind> Kinds { get; }

    /// <exception cref="KeyNotFoundException">The message's type is not in the catalog: a programming error.</exception>
    public ushort NumberOf(IMessage message) => _numbers[message.GetType()];

    /// <summary>Null when the number is unknown.</summary>
    public MessageParser? Find(ushort number) => _parsers.GetValueOrDefault(number);
}
