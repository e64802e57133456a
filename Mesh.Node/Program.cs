using Mesh.Node.Cli;
using Mesh.Node.Hosting;

var context = new CommandContext(
    new NodeCommands(Console.Out, Console.Error),
    DtabCheck.Hooks,
    Console.Out,
    Console.Error,
    Console.OpenStandardInput)
{
    Answers = StandardOutput.Open(),
};
return await MeshCommand.InvokeAsync(args, context).ConfigureAwait(false);
