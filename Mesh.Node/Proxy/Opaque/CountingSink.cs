using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>A sink that tells how much it is given.</summary>
internal sealed class CountingSink(IBodySink inner, Action<long> count) : IBodySink
{
    public void AppendBody(in BodyRead read, TrailerSection? trailers)
    {
        count(read.Count);
        inner.AppendBody(read, trailers);
    }

    public ValueTask<bool> FlushAsync() => inner.FlushAsync();

    public ValueTask<bool> WriteBodyAsync(BodyRead read, TrailerSection? trailers)
    {
        count(read.Count);
        return inner.WriteBodyAsync(read, trailers);
    }

    public void Touch() => inner.Touch();

    public void ShutdownSend() => inner.ShutdownSend();
}
