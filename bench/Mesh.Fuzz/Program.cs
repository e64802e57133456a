using Mesh.Fuzz;

return await FuzzCommand.RunAsync(args);
