using System.Text.Json;
using Mesh.Node.Admin;
using Microsoft.AspNetCore.Http;

namespace Mesh.Node.AdminConsole;

/// <summary>The commands that this node knows: the client asks first, so that it need not be of the node's version.</summary>
internal sealed class PalettesEndpoint(CommandTable table) : AdminEndpoint("/api/1/console", "the console's commands, with their options")
{
    public override bool IsGuardedAfar => true;

    public override Task HandleAsync(HttpContext context) => AdminJson.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        json.WriteStartArray();
        foreach (ConsoleCommand command in table.Commands) Write(json, command);
        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, ConsoleCommand command)
    {
        json.WriteStartObject();
        json.WriteString("words", command.Words);
        json.WriteString("usage", command.Usage);
        json.WriteString("summary", command.Summary);
        json.WriteString("example", command.Example);
        json.WriteBoolean("mutates", command.Mutates);
        json.WriteStartArray("arguments");
        foreach (ConsoleArgument argument in command.Arguments)
        {
            json.WriteStartObject();
            json.WriteString("name", argument.Name);
            json.WriteString("doc", argument.Doc);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("options");
        foreach (ConsoleOption option in command.Options)
        {
            json.WriteStartObject();
            json.WriteString("name", option.Name);
            if (option.Value is not null) json.WriteString("value", option.Value);
            json.WriteString("doc", option.Doc);
            if (option.Values is not null) json.WriteString("values", option.Values);
            if (option.FileOf is not null) json.WriteString("file_of", option.FileOf);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
