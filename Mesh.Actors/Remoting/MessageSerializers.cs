using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Actors.Remoting.Refs;

namespace Mesh.Actors.Remoting;

/// <summary>
/// The messages of actors that may cross nodes or rest in journals, each under its manifest. Strings, bytes, numbers, refs,
/// <see cref="Status"/>, <see cref="PoisonPill"/> and <see cref="Kill"/> are registered from the start.
/// </summary>
/// <remarks>Any thread. Registering is for the start: it copies the table.</remarks>
public sealed class MessageSerializers : IMessageSerializer
{
    /// <summary>Characters of a manifest.</summary>
    public const int MaxManifestLength = 255;

    /// <summary>Characters of a failure's text that cross the wire.</summary>
    public const int MaxFailureText = 4096;

    private readonly ActorSystem _system;
    private readonly Lock _gate = new();
    private volatile Table _table = new(ImmutableDictionary<Type, Entry>.Empty, ImmutableDictionary<string, Entry>.Empty);

    public MessageSerializers(ActorSystem system)
    {
        _system = system;
        Register("string.v1", Encoding.UTF8.GetBytes, bytes => Encoding.UTF8.GetString(bytes.Span));
        Register("bytes.v1", bytes => bytes, bytes => bytes.ToArray());
        Register("int32.v1", number => Number(number), bytes => checked((int)Number(bytes)));
        Register("int64.v1", number => Number(number), bytes => Number(bytes));
        Register<bool>("bool.v1", value => [value ? (byte)1 : (byte)0], bytes => bytes.Span[0] != 0);
        Register<PoisonPill>("poison-pill.v1", _ => [], _ => PoisonPill.Instance);
        Register<Kill>("kill.v1", _ => [], _ => Kill.Instance);
        Register<Status.Failure>("status-failure.v1", WriteFailure, bytes => ReadFailure(FailureStatus.Parser.ParseFrom(bytes.Span)));
        Register<Status.Success>("status-success.v1", WriteSuccess, bytes => ReadSuccess(SuccessStatus.Parser.ParseFrom(bytes.Span)));
        Register<IActorRef>("ref.v1", actor => Encoding.UTF8.GetBytes(WriteRef(actor)), bytes => ReadRef(Encoding.UTF8.GetString(bytes.Span)));
    }

    /// <summary>A type of ours. What the functions throw makes the message unsendable or unreadable, no more.</summary>
    /// <exception cref="ArgumentException">The type or the manifest is registered already, or the manifest is no ASCII name.</exception>
    public void Register<T>(string manifest, Func<T, byte[]> serialize, Func<ReadOnlyMemory<byte>, T> deserialize) where T : notnull
    {
        if (manifest.Length is 0 or > MaxManifestLength || !Ascii.IsValid(manifest))
            throw new ArgumentException($"\"{manifest}\" is no manifest", nameof(manifest));
        Entry entry = new(manifest, message => serialize((T)message), bytes => deserialize(bytes));
        lock (_gate)
        {
            if (_table.ByType.ContainsKey(typeof(T))) throw new ArgumentException($"{typeof(T).Name} has a serializer already");
            if (_table.ByManifest.ContainsKey(manifest)) throw new ArgumentException($"the manifest {manifest} is taken", nameof(manifest));
            _table = new Table(_table.ByType.Add(typeof(T), entry), _table.ByManifest.Add(manifest, entry));
        }
    }

    /// <summary>A generated type.</summary>
    /// <inheritdoc cref="Register{T}(string, Func{T, byte[]}, Func{ReadOnlyMemory{byte}, T})"/>
    public void Register<T>(string manifest, MessageParser<T> parser) where T : class, IMessage<T> =>
        Register<T>(manifest, message => message.ToByteArray(), bytes => parser.ParseFrom(bytes.Span));

    public bool TrySerialize(object message, out SerializedMessage serialized)
    {
        serialized = default;
        Entry? entry = _table.ByType.GetValueOrDefault(message.GetType());
        if (entry is null && message is IActorRef) entry = _table.ByType[typeof(IActorRef)];
        if (entry is null) return false;
        try
        {
            serialized = new SerializedMessage(entry.Manifest, entry.Serialize(message));
            return true;
        }
        catch (Exception fault)
        {
            Complain($"cannot write a {message.GetType().Name}", fault);
            return false;
        }
    }

    public bool TryDeserialize(string manifest, ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out object? message)
    {
        message = null;
        if (!_table.ByManifest.TryGetValue(manifest, out Entry? entry)) return false;
        try
        {
            message = entry.Deserialize(payload);
            return true;
        }
        catch (Exception fault)
        {
            Complain($"cannot read a {manifest}", fault);
            return false;
        }
    }

    public string WriteRef(IActorRef? actor) => RefText.Write(_system, actor);

    public IActorRef ReadRef(string text) => RefText.Read(_system, text);

    private static byte[] Number(long number)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static long Number(ReadOnlyMemory<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes.Span);

    private static byte[] WriteFailure(Status.Failure failure)
    {
        string text = failure.Cause.Message;
        string type = (failure.Cause as RemoteFailureException)?.Type ?? failure.Cause.GetType().Name;
        return new FailureStatus { Type = type, Text = text.Length > MaxFailureText ? text[..MaxFailureText] : text }.ToByteArray();
    }

    private static Status.Failure ReadFailure(FailureStatus failure) => new(new RemoteFailureException(failure.Type, failure.Text));

    private byte[] WriteSuccess(Status.Success success)
    {
        if (success.Value is null) return [];
        if (!TrySerialize(success.Value, out SerializedMessage value))
            throw new NotSupportedException($"no serializer for {success.Value.GetType().Name}");
        return new SuccessStatus { Manifest = value.Manifest, Payload = UnsafeByteOperations.UnsafeWrap(value.Payload) }.ToByteArray();
    }

    private Status.Success ReadSuccess(SuccessStatus success)
    {
        if (success.Manifest.Length == 0) return new Status.Success();
        return TryDeserialize(success.Manifest, success.Payload.Memory, out object? value)
            ? new Status.Success(value)
            : throw new NotSupportedException($"unknown manifest {success.Manifest}");
    }

    private void Complain(string what, Exception fault) =>
        _system.Log(new Events.LogEvent(Events.LogLevel.Warning, "serializers", what, fault));

    private sealed record Entry(string Manifest, Func<object, byte[]> Serialize, Func<ReadOnlyMemory<byte>, object> Deserialize);

    private sealed record Table(ImmutableDictionary<Type, Entry> ByType, ImmutableDictionary<string, Entry> ByManifest);
}
