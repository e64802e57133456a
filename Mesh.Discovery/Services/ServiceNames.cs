using System.Buffers;

namespace Mesh.Discovery.Services;

/// <summary>What services, instances, tags and zones may be called: segments of paths, of URLs and of files alike.</summary>
public static class ServiceNames
{
    /// <summary>Longest name of a service or an instance, characters: two of them and a slash are a table's key.</summary>
    public const int MaxLength = 128;

    /// <summary>Longest tag or zone, characters.</summary>
    public const int MaxTagLength = 64;

    /// <summary>Most tags of an instance.</summary>
    public const int MaxTags = 16;

    /// <summary>Longest reason that a row tells, characters.</summary>
    public const int MaxReason = 200;

    /// <summary>What messages say of a name that is none.</summary>
    public const string Expected = "a name of letters, digits, `-`, `_` and `.`, at most 128 characters";

    /// <summary>The same of tags and zones.</summary>
    public const string ExpectedTag = "letters, digits, `-`, `_` and `.`, at most 64 characters";

    private static readonly SearchValues<char> s_plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>Of a service or an instance. What is only dots would be a step in a URL.</summary>
    public static bool IsName(string text) => IsPlain(text, MaxLength);

    /// <summary>Of a tag or a zone.</summary>
    public static bool IsTag(string text) => IsPlain(text, MaxTagLength);

    /// <summary>Names of services and tags are compared as Consul's are: hosts, from which they come, know no case.</summary>
    public static string Normal(string text) => text.ToLowerInvariant();

    private static bool IsPlain(string text, int most) =>
        text.Length > 0 && text.Length <= most && !text.AsSpan().ContainsAnyExcept(s_plain) && text.AsSpan().ContainsAnyExcept('.');
}
