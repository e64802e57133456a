using System.Buffers;
using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Node.Hosting;
using Mesh.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Mesh.Tests.Node.Admin;

/// <summary>docs/ADMIN.md and the code list the same endpoints, with the same methods, classes and need of a token.</summary>
public sealed class AdminDocumentTests
{
    private static readonly IEnumerable<AdminEndpoint> s_endpoints = new AdminRoutes(AdminEndpoints.Standard(Views.Empty)).Endpoints;

    [Fact]
    public void ThePage_ListsEveryEndpointAsItIs()
    {
        IEnumerable<string> written = File.ReadLines(RepositoryRoot.At("docs", "ADMIN.md"))
            .Where(static line => line.StartsWith("| `/", StringComparison.Ordinal))
            .Select(static line => string.Join(" | ", line.Split('|', StringSplitOptions.TrimEntries)[1..5]));

        IEnumerable<string> inCode = s_endpoints.Select(static endpoint =>
        {
            IEnumerable<string> methods = endpoint.Methods.Where(static method => method != HttpMethods.Head);
            string kind = endpoint.Class.ToString().ToLowerInvariant();
            return $"`{endpoint.Path}` | {string.Join(", ", methods)} | {kind} | {(endpoint.Mutates ? "yes" : "")}";
        });
        Assert.Equal(inCode, written);
    }

    [Fact]
    public void ThePage_NamesEveryFieldOfAReload()
    {
        ArrayBufferWriter<byte> output = new();
        using (Utf8JsonWriter json = new(output))
            AdminParts.WriteReload(json, new ReloadStatus(1, 1, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, [], []));

        string page = File.ReadAllText(RepositoryRoot.At("docs", "ADMIN.md"));
        using JsonDocument reload = JsonDocument.Parse(output.WrittenMemory);
        Assert.All(reload.RootElement.EnumerateObject(), field => Assert.Contains($"`{field.Name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void WhateverChangesSomething_IsControl()
    {
        Assert.All(s_endpoints.Where(static endpoint => endpoint.Mutates), static endpoint => Assert.Equal(AdminClass.Control, endpoint.Class));
    }
}
