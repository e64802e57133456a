using Mesh.Tests.Actors.Journals;
using Mesh.Tests.Kit;
using Npgsql;
using Xunit;

namespace Mesh.Tests.EndToEnd.Opaque;

/// <summary>A real PostgreSQL behind a router <c>tcp</c>.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresSessionTests(SharedPostgres postgres)
{
    [PostgresFact]
    public async Task Sessions_QueriesAndCopies_Pass()
    {
        await using CommitRelay listener = new(postgres.Server.Socket);
        await using TestNode node = await TestNode.StartAsync(OpaqueTests.Config($"/svc => /$/inet/127.0.0.1/{listener.Port}"));
        string connection = $"Host=127.0.0.1;Port={node.Address.Port};Username=mesh;Database=postgres;Pooling=false;SSL Mode=Disable";

        await using (NpgsqlConnection session = new(connection))
        {
            await session.OpenAsync();
            await using NpgsqlCommand query = new("select sum(n) from generate_series(1, 100000) n", session);
            Assert.Equal(5000050000L, await query.ExecuteScalarAsync());
            await using NpgsqlCommand text = new("select repeat('x', 3000000)", session);
            Assert.Equal(3_000_000, ((string)(await text.ExecuteScalarAsync())!).Length);
        }

        await node.MetricIsAsync(0, "mesh_server_opaque_connections");
        Assert.True(node.Metric("mesh_destination_received_bytes_total") > 3_000_000);
    }

    [PostgresFact]
    public async Task ASessionThatTheServerEnds_EndsAtTheClient()
    {
        await using CommitRelay listener = new(postgres.Server.Socket);
        await using TestNode node = await TestNode.StartAsync(OpaqueTests.Config($"/svc => /$/inet/127.0.0.1/{listener.Port}"));
        string connection = $"Host=127.0.0.1;Port={node.Address.Port};Username=mesh;Database=postgres;Pooling=false;SSL Mode=Disable";
        await using NpgsqlConnection session = new(connection);
        await session.OpenAsync();
        await using NpgsqlCommand who = new("select pg_backend_pid()", session);
        object pid = (await who.ExecuteScalarAsync())!;

        await postgres.Server.Ask($"select pg_terminate_backend({pid})");

        await Assert.ThrowsAnyAsync<NpgsqlException>(who.ExecuteScalarAsync);
        await node.MetricIsAsync(0, "mesh_server_opaque_connections");
    }
}
