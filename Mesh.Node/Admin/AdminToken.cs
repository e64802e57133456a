using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Mesh.Node.Hosting;

namespace Mesh.Node.Admin;

/// <summary>The secret that whoever changes something shows: 256 random bits in a file that only the node's user may read.</summary>
/// <remarks>
/// Any thread. The file is read anew for each call that needs it, which are few: whoever replaces it has rotated the token, and whoever deletes it
/// gets a new one.
/// </remarks>
internal sealed class AdminToken(StateDirectory directory)
{
    public const string FileName = "admin-token";

    /// <summary>Bytes of randomness.</summary>
    private const int Bytes = 32;

    /// <summary>Characters of a token that an operator wrote; below, guessing is no longer hopeless.</summary>
    private const int MinChars = 16;

    /// <summary>Characters of the file.</summary>
    private const int MaxChars = 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Where the token lies; null without a state directory.</summary>
    public string? File { get; } = directory.Path is { } path ? Path.Combine(path, FileName) : null;

    /// <summary>Reads the token, and makes it first if there is none.</summary>
    /// <param name="token">Without white space around it.</param>
    /// <param name="why">What hinders, in words for an operator.</param>
    public bool TryRead([NotNullWhen(true)] out string? token, [NotNullWhen(false)] out string? why)
    {
        token = null;
        if (!directory.TryCreate(out why)) return false;
        try
        {
            if (!System.IO.File.Exists(File)) Create();
            Tighten();
            string text = Text();
            if (text.Length is >= MinChars and <= MaxChars) token = text;
            else why = $"{File} must hold {MinChars} to {MaxChars} characters; delete it for a new one";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            why = $"cannot read or write the admin token: {fault.Message}; set {StateDirectory.Variable} to a directory that the node may write";
        }

        return token is not null;
    }

    /// <summary>Compares in a time that does not depend on where the two differ, nor on their lengths.</summary>
    public static bool AreEqual(string token, string given) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(token)),
        SHA256.HashData(Encoding.UTF8.GetBytes(given)));

    private string Text()
    {
        using StreamReader reader = new(File!);
        char[] text = new char[MaxChars + 2];
        return new string(text, 0, reader.ReadBlock(text)).Trim();
    }

    /// <summary>Written aside and moved into place, so that two nodes that start at once never read half a token.</summary>
    private void Create()
    {
        string aside = $"{File}.{Environment.ProcessId}.{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (StreamWriter writer = new(aside, options))
        {
            writer.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        }

        try
        {
            System.IO.File.Move(aside, File!, overwrite: false);
        }
        catch (IOException) when (System.IO.File.Exists(File))
        {
            // Another node of this user was first: its token is ours.
        }
        finally
        {
            System.IO.File.Delete(aside);
        }
    }

    /// <summary>Takes other users' rights away where that can be done; a file that is mounted for the node keeps what it has.</summary>
    private void Tighten()
    {
        if (OperatingSystem.IsWindows()) return;
        try
        {
            if ((System.IO.File.GetUnixFileMode(File!) & ~OwnerOnly) != 0) System.IO.File.SetUnixFileMode(File!, OwnerOnly);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Read-only, or another's: its owner decided who reads it.
        }
    }
}
