using Mesh.Node.Config;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.Admin;

/// <summary>The config that the node goes by, in the shape of its file, secrets masked.</summary>
internal sealed class ConfigEndpoint(Func<MeshConfig> config) : AdminEndpoint("/config.json", "the config in use, secrets masked")
{
    public override AdminClass Class => AdminClass.Ui;

    public override Task HandleAsync(HttpContext context) => AdminJson.WriteAsync(context, StatusCodes.Status200OK, ConfigJson.Of(config()));
}
