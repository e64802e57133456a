using System.Text.Json;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Fleet;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole.Fleet;

public sealed class FleetTests
{
    private static readonly CommandTable s_table = new(
    [
        Command("dest list", ConsoleAnswer.Line("here")) with { IsForFleet = true },
        Command("dest no", ConsoleAnswer.Line("nobody") with { Status = ConsoleStatus.No }) with { IsForFleet = true },
        Command("dest large", ConsoleAnswer.Line(new string('x', FleetMessages.MaxReplyBytes + 1))) with { IsForFleet = true },
        Command("cluster down", ConsoleAnswer.Line("gone")) with { Mutates = true },
    ]);

    [Theory]
    [InlineData("dest list", nameof(ConsoleStatus.Done), "here\n", false)]
    [InlineData("dest no", nameof(ConsoleStatus.No), "nobody\n", false)]
    [InlineData("dest large", nameof(ConsoleStatus.Unavailable), "its answer has 393218 bytes, more than 393216", true)]
    [InlineData("cluster down", nameof(ConsoleStatus.BadInput), "`cluster down` is not for other nodes", true)]
    [InlineData("dest", nameof(ConsoleStatus.BadInput), "no command `dest`", true)]
    public async Task AQuestion_IsAnswered_WhereItOnlyTells(string line, string status, string text, bool isRefusal)
    {
        ConsoleReply reply = await ConsoleActor.ReplyAsync(s_table, new ConsoleQuestion([.. line.Split(' ')], AsJson: false));

        Assert.Equal((status, isRefusal), (reply.Status.ToString(), reply.IsRefusal));
        Assert.StartsWith(text, reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void QuestionAndReply_CrossTheWire()
    {
        ConsoleQuestion question = new(["explain", "/", "-H", "x: \"y\""], AsJson: true);
        ConsoleReply reply = new(ConsoleStatus.No, "{\"a\": 1}\n", IsRefusal: false);

        ConsoleQuestion asked = FleetMessages.ReadQuestion(FleetMessages.Write(question));

        Assert.Equal((string.Join('|', question.Words), true), (string.Join('|', asked.Words), asked.AsJson));
        Assert.Equal(reply, FleetMessages.ReadReply(FleetMessages.Write(reply)));
        Assert.Equal(
            ConsoleStatus.Unavailable,
            FleetMessages.ReadReply("{\"status\": \"Later\", \"text\": \"\", \"refusal\": true, \"more\": 1}"u8.ToArray()).Status);
    }

    [Fact]
    public void All_NamesWhoDidNotAnswer()
    {
        NodeReply[] replies =
        [
            new("n1", "mesh://a", new ConsoleReply(ConsoleStatus.Done, "one\ntwo\n", IsRefusal: false), ""),
            new("n2", "mesh://b", null, "it cannot be reached"),
        ];

        string text = System.Text.Encoding.UTF8.GetString(FleetCommands.All([.. replies], 2).ToBytes(asJson: false));

        Assert.Equal("== n1 | mesh://a\none\ntwo\nno answer: n2 | mesh://b | it cannot be reached\nCount: 1 of 2 nodes answered\n", text);
        Assert.Equal(ConsoleStatus.Done, FleetCommands.All([.. replies], 2).Status);
        Assert.Equal(ConsoleStatus.Unavailable, FleetCommands.All([replies[1]], 1).Status);
    }

    [Fact]
    public void AllAsJson_HasAnAnswerOrAnErrorOfEach()
    {
        NodeReply[] replies =
        [
            new("n1", "mesh://a", new ConsoleReply(ConsoleStatus.Done, "[1]\n", IsRefusal: false), ""),
            new("n2", "mesh://b", ConsoleReply.Refuse(ConsoleStatus.No, "no"), ""),
            new("n3", "mesh://c", null, "silent"),
        ];

        using JsonDocument json = JsonDocument.Parse(FleetCommands.All([.. replies], 5).ToBytes(asJson: true));

        JsonElement nodes = json.RootElement.GetProperty("nodes");
        Assert.Equal(5, json.RootElement.GetProperty("members").GetInt32());
        Assert.Equal(1, nodes[0].GetProperty("answer")[0].GetInt32());
        Assert.Equal("no", nodes[1].GetProperty("error").GetString());
        Assert.Equal("silent", nodes[2].GetProperty("error").GetString());
    }

    private static ConsoleCommand Command(string words, ConsoleAnswer answer) => ConsoleCommand.Once(words, "", (_, _) => Task.FromResult(answer));
}
