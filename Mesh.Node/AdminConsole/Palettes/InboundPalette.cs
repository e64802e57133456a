using System.Collections.Immutable;
using Mesh.Discovery.Services;
using Mesh.Node.Admin.Services;
using Mesh.Node.AdminConsole.Destinations;
using Mesh.Node.AdminConsole.Explaining;
using Mesh.Node.Config;

namespace Mesh.Node.AdminConsole.Palettes;

/// <summary><c>service inbound</c>: what this node's inbound side does with a request; other nodes ask it for <c>explain</c>.</summary>
internal static class InboundPalette
{
    private static readonly ConsoleOption s_service = new("-s", "SERVICE", "which one") { Required = true, Values = ConsoleValues.Services };
    private static readonly ConsoleOption s_id = new("-i", "ID", "which instance") { Required = true };

    /// <param name="view">Of this node.</param>
    /// <param name="reader">Of its destinations, those of the inbound side among them.</param>
    public static IEnumerable<ConsoleCommand> Commands(ServicesView view, DestinationReader reader) =>
    [
        ConsoleCommand.Once(InboundQuestions.Command, "what this node's inbound side does with a request for an instance",
            async (call, cancel) => ExplainPalette.Of(await ExplainAsync(view, reader, call, cancel).ConfigureAwait(false))) with
        {
            Options = [s_service, s_id],
            Example = "service inbound -s web -i web-1",
        },
    ];

    private static async Task<Step> ExplainAsync(ServicesView view, DestinationReader reader, ConsoleCall call, CancellationToken cancel)
    {
        LocalServices local = view.Local() ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, view.WhyAway());
        string key = ServiceInstance.KeyOf(ServiceNames.Normal(call.Find(s_service.Name)!), call.Find(s_id.Name)!);
        LocalInstance? instance = (await local.All().WaitAsync(cancel).ConfigureAwait(false)).FirstOrDefault(each => each.Registration.Key == key);
        if (instance is null)
        {
            const string Then = "its inbound side answers that nothing was done, and the sender may try another";
            return Step.No("host", $"node {view.Node} hosts no instance {key}: {Then}");
        }

        string id = $"{LocalInstancesNamer.DefaultPrefix}/{key}";
        DestinationFacts[] used = await reader.ReadAsync((label, each) => label == InboundConfig.Label && each == id, cancel).ConfigureAwait(false);
        return Of(instance, view.Node, used, view.Time.GetUtcNow());
    }

    /// <summary>Pure.</summary>
    internal static Step Of(LocalInstance instance, string node, DestinationFacts[] used, DateTimeOffset now)
    {
        string since = DestinationText.Span(now - instance.Since);
        string reason = instance.Reason.Length == 0 ? "" : $": {instance.Reason}";
        string state = ServiceJson.Word(instance.State);
        StepVerdict verdict = instance.State == InstanceState.Unhealthy ? StepVerdict.Unknown : StepVerdict.Yes;
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (instance.State != InstanceState.Up) steps.Add(Step.Fact("state", "whoever still names it is let in; new requests are not sent here"));
        foreach (DestinationFacts facts in used) steps.AddRange(EndpointSteps.Of(facts.Status, null, static _ => null).Skip(1));
        return new Step("host", verdict, $"node {node} forwards to the app at {instance.Registration.App}, {state} for {since}{reason}")
        {
            Steps = steps.ToImmutable(),
            Facts = [("node", node), ("app", instance.Registration.App.ToString()), ("state", state), ("reason", instance.Reason)],
        };
    }
}
