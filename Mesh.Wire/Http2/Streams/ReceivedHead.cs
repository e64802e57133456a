using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Heads;

namespace Mesh.Wire.Http2.Streams;

/// <summary>A response head with the memory that it lies in: several of one stream can be here at once, interim ones before the final one.</summary>
internal sealed class ReceivedHead(Http1Limits limits)
{
    private readonly ResponseHeadBuilder _builder = new(limits);

    public ResponseHead Head { get; } = new();

    /// <summary>Where its fields go.</summary>
    public HeadBuilder.Sink Begin(KnownMethod method)
    {
        _builder.Begin(Head, method);
        return new HeadBuilder.Sink(_builder);
    }

    /// <summary>They are all here.</summary>
    public RejectReason Finish(bool ends) => _builder.Finish(ends);

    public void Release()
    {
        Head.LetGo();
        _builder.Release();
    }
}
