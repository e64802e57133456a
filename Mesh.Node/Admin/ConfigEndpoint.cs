using Mesh.Node.Config;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The config as last read and taken, in the shape of its file, secrets masked; a part of it may wait for a restart.</summary>
internal sealed class ConfigEndpoint(Func<MeshConfig> config) : AdminEndpoint("/config.json", "the config as last taken, secrets masked")
{
    public override AdminClass Class => AdminClass.Ui;

    public override Task HandleAsync(HttpContext context) => AdminJson.WriteAsync(context, StatusCodes.Status200OK, ConfigJson.Of(config()));
}
