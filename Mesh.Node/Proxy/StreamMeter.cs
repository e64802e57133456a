using Mesh.Routing.Telemetry;
using Mesh.Wire.Exchange;

namespace Mesh.Node.Proxy;

/// <summary>The two bodies of an attempt, and what is told of them: once of each attempt, once of the request whose last attempt it was.</summary>
/// <remarks>
/// Hot path, on one loop; reused. Only requests that came by HTTP/2 have one. The clock is read once for a response's head, and once for each body
/// that ends later than its head.
/// </remarks>
internal sealed class StreamMeter
{
    private long _sentNs;
    private long _headNs;
    private long _mostBytes;
    private bool _hasBody;
    private bool _isOpen;
    private bool _isPassedOn;

    /// <summary>The request's body, as this attempt was sent it.</summary>
    public BodyMeter Request { get; } = new();

    /// <summary>The backend's response.</summary>
    public BodyMeter Response { get; } = new();

    /// <summary>A new request: none of it was sent.</summary>
    public void Forget()
    {
        Request.Begin();
        _mostBytes = 0;
        _sentNs = _headNs = 0;
        _hasBody = _isOpen = _isPassedOn = false;
    }

    /// <summary>An attempt: the request is being sent.</summary>
    /// <param name="startNs">When the attempt began.</param>
    /// <param name="hasBody">Its body follows, or begins with the head.</param>
    public void Send(long startNs, bool hasBody)
    {
        _mostBytes = Math.Max(_mostBytes, Request.Bytes);
        _sentNs = startNs;
        _headNs = 0;
        _isOpen = true;
        _hasBody = hasBody;
        Request.Begin();
        if (!hasBody) Request.End(startNs);
        Response.Begin();
    }

    /// <summary>What of the request's body leaves with its head.</summary>
    public void TakeFirst(in BodyRead read) => Request.Take(read, _sentNs);

    /// <summary>The response's final head is here.</summary>
    public void TakeHead(IClientExchange client, long nowNs)
    {
        _headNs = nowNs;
        if (client.IsBodyRead) Response.End(nowNs);
    }

    /// <summary>The response goes to the client, with what of its body is here with the head.</summary>
    public void PassOn(in BodyRead read)
    {
        _isPassedOn = true;
        Response.Take(read, _headNs);
    }

    /// <summary>The backend switched protocols: both bodies begin now.</summary>
    public void BecomeTunnel()
    {
        _isPassedOn = _hasBody = true;
        Request.Begin();
        Response.Begin();
    }

    /// <summary>The attempt is over. False: there was none, or it was told of already.</summary>
    public bool TryEnd(long nowNs, out StreamRecord record)
    {
        record = default;
        if (!_isOpen) return false;
        _isOpen = false;
        BodyRecord request = Request.Record(_sentNs, nowNs);
        BodyRecord? response = _headNs == 0 ? null : Response.Record(_headNs, nowNs);
        record = new StreamRecord(request, response, nowNs - _sentNs, response is { IsWhole: true });
        return true;
    }

    /// <summary>The request is over.</summary>
    /// <param name="startNs">Since its first byte.</param>
    /// <param name="nowNs">Until now.</param>
    /// <param name="isRead">All of its body came, whoever took it.</param>
    /// <param name="isBroken">The client was not served to the end, or did not wait for it.</param>
    public StreamRecord EndRequest(long startNs, long nowNs, bool isRead, bool isBroken)
    {
        BodyRecord sent = Request.Record(startNs, nowNs);
        bool isWhole = sent.IsWhole || isRead;

        // How long its name and a connection were waited for is not how long a request without a body was sent.
        BodyRecord request = new(Math.Max(sent.Bytes, _mostBytes), _hasBody || !isWhole ? sent.DurationNs : 0, isWhole);
        BodyRecord? response = null;
        if (_isPassedOn)
        {
            BodyRecord passed = Response.Record(_headNs, nowNs);
            response = passed with { IsWhole = passed.IsWhole && !isBroken };
        }

        return new StreamRecord(request, response, nowNs - startNs, response is { } ended ? ended.IsWhole : isWhole && !isBroken);
    }
}
