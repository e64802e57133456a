using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mesh.Node.Config;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Admin;

/// <summary>
/// Which paths answer: not those on the blacklist; then those whose class is on, and those on the whitelist; no others (Linkerd 1's order).
/// </summary>
/// <remarks>Any thread. An expression is given <see cref="MatchTime"/>; a blacklist's that takes longer matches, a whitelist's does not.</remarks>
internal sealed class AdminSecurity
{
    /// <summary>What one expression may take for one path: they come from the config, the paths from anybody.</summary>
    public static readonly TimeSpan MatchTime = TimeSpan.FromMilliseconds(100);

    private readonly AdminSecurityConfig _config;
    private readonly ImmutableArray<Regex> _whitelist;
    private readonly ImmutableArray<Regex> _blacklist;

    /// <param name="config">Checked: its expressions are some.</param>
    /// <param name="time">For one match; null: <see cref="MatchTime"/>.</param>
    public AdminSecurity(AdminSecurityConfig config, TimeSpan? time = null)
    {
        _config = config;
        _whitelist = [.. config.PathWhitelist.Select(expression => Whole(expression, time ?? MatchTime))];
        _blacklist = [.. config.PathBlacklist.Select(expression => Whole(expression, time ?? MatchTime))];
    }

    /// <param name="kind">Of the endpoint; a path without one counts as diagnostics, as in Linkerd.</param>
    /// <param name="path">Decoded. It is judged with and without a slash at its end, because both lead to one endpoint.</param>
    public bool Allows(AdminClass kind, string path)
    {
        string trimmed = AdminRoutes.Trim(path);
        if (_blacklist.Any(expression => Matches(expression, path, trimmed, onTimeout: true))) return false;
        bool isOn = kind switch
        {
            AdminClass.Ui => _config.UiEnabled,
            AdminClass.Control => _config.ControlEnabled,
            _ => _config.DiagnosticsEnabled,
        };
        return isOn || _whitelist.Any(expression => Matches(expression, path, trimmed, onTimeout: false));
    }


    /// <summary>Without backtracking, in time that grows with the path alone, unless the expression looks around or refers back.</summary>
    private static Regex Whole(string expression, TimeSpan time)
    {
        string whole = RegexKey.Whole(expression);
        try
        {
            return new Regex(whole, RegexKey.Options, time);
        }
        catch (NotSupportedException)
        {
            return new Regex(whole, RegexKey.Options & ~RegexOptions.NonBacktracking, time);
        }
    }

    private static bool Matches(Regex expression, string path, string trimmed, bool onTimeout)
    {
        try
        {
            return expression.IsMatch(trimmed) || (path.Length != trimmed.Length && expression.IsMatch(path));
        }
        catch (RegexMatchTimeoutException)
        {
            return onTimeout;
        }
    }
}
