using Mesh.Actors.Journals;

namespace Mesh.Node.Config;

/// <summary>Where what must survive any node is kept: route changes, claims of shards, leases.</summary>
/// <param name="Kind">Which store.</param>
/// <param name="ConnectionString">PostgreSQL's, in Npgsql's form; null for the others.</param>
/// <param name="Schema">PostgreSQL's schema.</param>
internal sealed record JournalConfig(JournalKind Kind, string? ConnectionString, string Schema);
