using System.Net;

namespace Mesh.Discovery.Namerd;

/// <summary>Who takes a stream's documents. Called one at a time, on the pool.</summary>
internal interface INamerdReader
{
    /// <summary>What to ask for: <c>/api/1/bind/NS?path=..</c>, with <c>watch=true</c>.</summary>
    string Target { get; }

    /// <summary>One document. Null where it was one; else what is wrong, in one line.</summary>
    string? Take(ReadOnlySpan<byte> line);

    /// <summary>The stream is gone, and will be asked for again; or, with an empty reason, it speaks again after it was.</summary>
    /// <param name="reason">In words for an operator.</param>
    /// <param name="isRefused">namerd said so itself: who knows nothing yet need not wait for more.</param>
    void Broken(string reason, bool isRefused);
}

/// <summary>
/// One watch at namerd, a chunked answer with a document a line, for as long as somebody wants it: begun anew when it breaks, with pauses that grow,
/// and now and then even when it does not.
/// </summary>
internal sealed class NamerdStream : IDisposable
{
    private readonly NamerdLink _link;
    private readonly INamerdReader _reader;
    private readonly CancellationTokenSource _end = new();

    /// <summary>Whether the last attempt brought a document.</summary>
    private bool _hasSpoken;

    private NamerdStream(NamerdLink link, INamerdReader reader) => (_link, _reader) = (link, reader);

    /// <summary>Null where there are too many already.</summary>
    public static NamerdStream? TryOpen(NamerdLink link, INamerdReader reader)
    {
        if (!link.TryAddStream()) return null;
        NamerdStream stream = new(link, reader);
        _ = Task.Run(stream.RunAsync);
        return stream;
    }

    public void Dispose() => _end.Cancel();

    private async Task RunAsync()
    {
        int failures = 0;
        while (!_end.IsCancellationRequested)
        {
            _hasSpoken = false;
            Ending ending = await FollowAsync().ConfigureAwait(false);
            if (_end.IsCancellationRequested) break;
            if (_hasSpoken) failures = 0;
            if (ending.IsRenewal) continue;
            if (ending.IsLost) _link.Lost(ending.Reason);
            _reader.Broken($"{_link.Where}: {ending.Reason}", ending.IsRefused);
            await _link.PauseAsync(failures++, _end.Token).ConfigureAwait(false);
        }

        _link.RemoveStream();
        _end.Dispose();
    }

    /// <summary>One attempt, to its end.</summary>
    private async Task<Ending> FollowAsync()
    {
        // Who takes a connection and says nothing is as good as away; who has answered may be silent for a whole life.
        using CancellationTokenSource life = new(NamerdOptions.AnswerTimeout, _link.Time);
        bool isAnswered = false;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(life.Token, _end.Token);
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, new Uri(_link.Options.Address, _reader.Target));
            request.Headers.Accept.ParseAdd("application/json");
            using HttpResponseMessage answer = await _link.SendAsync(request, either.Token).ConfigureAwait(false);
            isAnswered = true;
            life.CancelAfter(_link.DrawLife());
            _link.Reached();
            Stream body = await answer.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                return answer.StatusCode == HttpStatusCode.OK
                    ? await ReadAsync(body, either.Token).ConfigureAwait(false)
                    : await RefusalAsync(answer.StatusCode, body, either.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (either.IsCancellationRequested && error is OperationCanceledException or ObjectDisposedException)
        {
            bool isLate = !isAnswered && !_end.IsCancellationRequested;
            return isLate ? new Ending("no answer in time") { IsLost = true } : new Ending("") { IsRenewal = true };
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            return new Ending(error is OperationCanceledException ? "no answer in time" : Innermost(error)) { IsLost = true };
        }
        catch (Exception bug)
        {
            // A name must not stand still for ever because of one document.
            return new Ending($"a bug: {bug.GetType().Name}: {bug.Message}") { IsRefused = true };
        }
    }

    private async Task<Ending> ReadAsync(Stream body, CancellationToken cancel)
    {
        LineCutter lines = new(NamerdOptions.MaxLineBytes);
        while (true)
        {
            int count = await body.ReadAsync(lines.Room(), cancel).ConfigureAwait(false);
            if (count == 0) return new Ending("the stream ended");
            lines.Filled(count);
            while (lines.TryTake(out ReadOnlySpan<byte> line))
            {
                if (_reader.Take(line) is { } wrong) return new Ending($"it said {wrong}") { IsRefused = true };
                if (!_hasSpoken) _reader.Broken("", isRefused: false);
                _hasSpoken = true;
            }

            if (lines.IsTooLong)
                return new Ending($"it said more than {NamerdOptions.MaxLineBytes >> 20} MiB in one document") { IsRefused = true };
        }
    }

    /// <summary>4xx is namerd's last word on this name until it is asked again; anything else may pass by itself.</summary>
    private static async Task<Ending> RefusalAsync(HttpStatusCode status, Stream body, CancellationToken cancel)
    {
        byte[] start = new byte[512];
        int count = await body.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
        string said = NamerdJson.Quote(start.AsSpan(0, count));
        bool isFinal = (int)status is >= 400 and < 500 and not (408 or 429);
        return new Ending($"it answered {(int)status}{(said.Length > 0 ? $": {said}" : "")}") { IsRefused = isFinal };
    }

    private static string Innermost(Exception error)
    {
        while (error.InnerException is { } inner) error = inner;
        return error.Message;
    }

    /// <summary>How an attempt ended.</summary>
    private sealed record Ending(string Reason)
    {
        /// <summary>It lived its life: another at once.</summary>
        public bool IsRenewal { get; init; }

        /// <summary>Nobody was there, or the connection broke.</summary>
        public bool IsLost { get; init; }

        public bool IsRefused { get; init; }
    }
}
