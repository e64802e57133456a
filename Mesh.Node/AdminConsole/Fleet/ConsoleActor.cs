using System.Text;
using Mesh.Actors;

namespace Mesh.Node.AdminConsole.Fleet;

/// <summary>Answers the commands that other nodes' consoles send here, as far as they only tell.</summary>
internal sealed class ConsoleActor : ReceiveActor
{
    public const string Name = "console";

    /// <summary>Commands under way for other nodes.</summary>
    public const int MaxUnderWay = 16;

    /// <summary>How long one may take; whoever asked has given up by then.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly Func<CommandTable> _commands;
    private int _underWay;

    /// <param name="commands">Of this node; known once it has started.</param>
    public ConsoleActor(Func<CommandTable> commands)
    {
        _commands = commands;
        Receive<ConsoleQuestion>(Answer);
        Receive<Ended>(ended =>
        {
            _underWay--;
            ended.Asker.Tell(ended.Reply);
        });
    }

    private void Answer(ConsoleQuestion question)
    {
        if (_underWay >= MaxUnderWay)
        {
            Sender.Tell(ConsoleReply.Refuse(ConsoleStatus.Unavailable, "its console is busy"));
            return;
        }

        _underWay++;
        IActorRef asker = Sender;
        Task.Run(async () => new Ended(asker, await ReplyAsync(_commands(), question).ConfigureAwait(false))).PipeTo(Self);
    }

    /// <summary>Runs a question's command; whatever is wrong is told in the reply.</summary>
    internal static async Task<ConsoleReply> ReplyAsync(CommandTable commands, ConsoleQuestion question)
    {
        try
        {
            ConsoleCall call = commands.Parse(question.Words) with { IsJson = question.AsJson };
            if (!call.Command.IsForFleet) return ConsoleReply.Refuse(ConsoleStatus.BadInput, $"`{call.Command.Words}` is not for other nodes");
            using CancellationTokenSource late = new(AnswerTime);
            await foreach (ConsoleAnswer answer in call.Command.Run(call, late.Token).ConfigureAwait(false))
            {
                byte[] bytes = answer.ToBytes(question.AsJson);
                return bytes.Length <= FleetMessages.MaxReplyBytes
                    ? new ConsoleReply(answer.Status, Encoding.UTF8.GetString(bytes), IsRefusal: false)
                    : ConsoleReply.Refuse(ConsoleStatus.Unavailable, $"its answer has {bytes.Length} bytes, more than {FleetMessages.MaxReplyBytes}");
            }

            return ConsoleReply.Refuse(ConsoleStatus.Unavailable, "it has no answer");
        }
        catch (ConsoleRefusal refusal)
        {
            return ConsoleReply.Refuse(refusal.Status, refusal.Message);
        }
        catch (Exception bug)
        {
            return ConsoleReply.Refuse(ConsoleStatus.Unavailable, $"it failed: {bug.Message}");
        }
    }

    private sealed record Ended(IActorRef Asker, ConsoleReply Reply);
}
