using Mesh.Node.Proxy.Policies;
using Mesh.Node.Telemetry;
using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>The half that obeys policies (docs/ROUTES.md). Nothing is allocated but for redirects and mirrors.</summary>
internal sealed partial class RequestPath
{
    private PolicyChoice _policy;

    /// <summary>Of the copy that is to be made of the request, from its first attempt until the copy is on its way; null: there is none.</summary>
    private HeadEdits? _mirrorEdits;

    /// <summary>How the request is treated: as its service, or as a policy says.</summary>
    private ServiceSettings Settings => _policy.Treatment?.Settings ?? _route.Service!.Settings;

    /// <summary>From sending an attempt to the head of its response.</summary>
    private long AttemptTimeoutNs => _policy.Treatment?.AttemptTimeoutNs ?? _route.Backend!.Settings.AttemptTimeoutNs;

    /// <summary>Nobody is called: the node answers by itself, and it is no fault.</summary>
    private bool EndsHere => _forwards.EndsHere || _policy.Redirect is not null;

    private void Choose(ServicePolicies policies)
    {
        RequestHead head = _server.Request;
        policies.Choose(head, _context.IsSecured, ref _policy);
        if (_policy.Mirror is { } mirror && (_context.IsCopy(head) || !mirror.IsDrawn(ref _loop.Random))) _policy.Mirror = null;
    }

    /// <summary>True when a redirect is known before the name has led anywhere; it need not.</summary>
    private bool IsRedirectedCold()
    {
        if (_route.PoliciesCold() is { } policies) policies.Choose(_server.Request, _context.IsSecured, ref _policy);
        if (_policy.Redirect is not null) return true;
        _policy = default;
        return false;
    }

    private void EditByPolicy(RequestHead head, HeadEdits edits)
    {
        _policy.Rewrite?.Edit(head, edits);
        _policy.Headers?.EditRequest(head, edits);
    }

    private void EditBack(ResponseHead head)
    {
        _policy.Headers?.EditResponse(head, _edits);
        byte[] sent = _call.Authority;
        if (sent.Length > 0 && _policy.Rewrite is not { SetsHost: true }) AuthorityBack.Edit(_server.Request, sent, head, _edits);
    }

    private async ValueTask RedirectColdAsync(RedirectPolicy redirect)
    {
        if (redirect.Locate(_server.Request) is not { } location)
        {
            _fault = RedirectPolicy.NoHost;
            await AnswerColdAsync();
            return;
        }

        ReadWhatIsHere();
        _status = redirect.Status;
        bool close = !_server.IsBodyRead;
        _over |= close || _server.IsGone;
        if (_server.IsGone) return;
        FaultResponses.WriteRedirect(_server, _status, location, close);
        _route.Service?.Series.Count(_loop.Index, ServiceEvent.Redirect);
    }

    /// <summary>An attempt is being sent, and a copy shall be: what of it must be told as of now. Upgrades are not copied.</summary>
    private void BeginMirrorCold(RequestHead head)
    {
        if (_upgrading)
        {
            _policy.Mirror = null;
            return;
        }

        HeadEdits edits = new() { TargetSkip = _route.ConsumedTarget };
        _context.EditRequest(head, edits, LoopTimer.Never, ref _loop.Random);
        _forwards.Edit(head, edits);
        EditByPolicy(head, edits);
        for (int i = 0; i < head.Fields.Length; i++)
        {
            if (head.Fields[i].Known == KnownField.Expect) edits.Drop(i);
        }

        _mirrorEdits = edits;
    }

    /// <summary>Sends the copy on its way, once all of the body is here.</summary>
    /// <param name="isLast">The response begins: what is not here now is never kept.</param>
    private void MirrorCold(bool isLast)
    {
        MirrorPolicy policy = _policy.Mirror!;
        byte[]? body = CopyBody();
        if (body is null && !isLast) return;
        ServiceSeries series = _route.Service!.Series;
        HeadEdits edits = _mirrorEdits!;
        _policy.Mirror = null;
        _mirrorEdits = null;
        if (body is null) series.Count(_loop.Index, ServiceEvent.MirrorBodyNotKept);
        else if (!router.Mirrors.TryEnter(policy)) series.Count(_loop.Index, ServiceEvent.MirrorOverBudget);
        else new MirrorCall(router.Mirrors, policy, series, _loop, CopyOf(edits, body)).Begin();
    }

    private MirrorRequest CopyOf(HeadEdits edits, byte[] body) => new(_server.Request.Copy(body.Length), edits, body, _context.ClientCertificate);

    /// <summary>All of the request's body; null while it is on its way, or is not kept. Who reads it after this begins at its start again.</summary>
    private byte[]? CopyBody()
    {
        if (_server.Request.Framing == BodyFraming.None) return [];
        if (!_upload.TryEnd() || !_server.IsBodyRead || !_server.CanRewindBody || !_server.TryRewindBody()) return null;
        using var copy = new MemoryStream();
        while (_server.TryReadBody(out BodyRead read) && !read.IsFailure)
        {
            copy.Write(read.Payload);
            if (read.IsLast) return copy.ToArray();
        }

        return null;
    }
}
