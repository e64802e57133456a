using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Node.Config.Yaml;

/// <summary>The parser's events up to the first syntax error, which becomes one fault in words that help.</summary>
internal sealed class YamlEvents(YamlSource source, FaultList faults)
{
    private readonly Parser _parser = new(new Scanner(new StringReader(source.Text), skipComments: true));
    private readonly Stack<(Position At, char Opener)> _open = new();
    private ParsingEvent? _last;

    /// <summary>True after a syntax error or a limit: there are no more events, and no tree.</summary>
    public bool Stopped { get; private set; }

    public ParsingEvent Current => _parser.Current!;

    public Position At(ParsingEvent parsed) => At(parsed.Start);

    /// <summary>Goes to the next event; false at the end of the text or once stopped.</summary>
    public bool Next()
    {
        if (Stopped) return false;
        try
        {
            if (!_parser.MoveNext()) return false;
        }
        catch (YamlException error)
        {
            Explain(error);
            return false;
        }
        catch (InvalidOperationException)
        {
            // What version 16 throws where a flow collection runs into the next block key.
            Explain(null);
            return false;
        }

        _last = _parser.Current;
        TrackOpenings();
        return true;
    }

    /// <summary>Reports the fault that ends reading.</summary>
    public void Stop(Position at, string what)
    {
        faults.Fault(at, what);
        Stopped = true;
    }

    private void TrackOpenings()
    {
        switch (_last)
        {
            case MappingStart start: _open.Push((At(start), start.Style == MappingStyle.Flow ? '{' : ' ')); break;
            case SequenceStart start: _open.Push((At(start), start.Style == SequenceStyle.Flow ? '[' : ' ')); break;
            case MappingEnd or SequenceEnd: _open.Pop(); break;
        }
    }

    private void Explain(YamlException? error)
    {
        if (error is not null && error.Message.Contains(" tab ", StringComparison.Ordinal))
        {
            Stop(FirstTabIndent(error.Start), "a tab cannot indent YAML; use spaces");
            return;
        }

        bool unclosed = error is null || error.Message.Contains("expected ',' or", StringComparison.Ordinal);
        if (unclosed && _open.TryPeek(out (Position At, char Opener) open) && open.Opener != ' ')
        {
            char closer = open.Opener == '{' ? '}' : ']';
            Stop(open.At, $"this `{open.Opener}` is not closed; add `{closer}` (or the comma that is missing between its values)");
            return;
        }

        Position at = error is null ? (_last is null ? source.At(0) : At(_last)) : At(error.Start);
        string reason = error is null ? "the text ends or breaks off here" : Sentence(error.Message);
        Stop(at, $"not valid YAML: {reason}; check indentation, quotes and colons around here");
    }

    private static string Sentence(string message)
    {
        string text = message.TrimEnd('.', ' ');
        return text.Length == 0 ? "it cannot be parsed" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    /// <summary>The first tab in a line's indentation from the parser's mark on: the parser's own mark may be the start of the document.</summary>
    private Position FirstTabIndent(in Mark from)
    {
        string text = source.Text;
        bool indenting = true;
        for (int index = 0; index < text.Length; index++)
        {
            char character = text[index];
            if (character == '\n') indenting = true;
            else if (indenting && character == '\t' && source.At(index) is var at && at.Line >= from.Line) return at;
            else if (character != ' ' && character != '\t') indenting = false;
        }

        return At(from);
    }

    private Position At(in Mark mark) => new(source.Name, (int)mark.Line, (int)mark.Column);
}
