using Mesh.Node.Cli;
using Mesh.Node.Config;

var context = new CommandContext(
    new NodeCommands(Console.Error),
    ConfigHooks.AnyDtab,
    Console.Out,
    Console.Error,
    Console.OpenStandardInput);
return await MeshCommand.InvokeAsync(args, context).ConfigureAwait(false);
