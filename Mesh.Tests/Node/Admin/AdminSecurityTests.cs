using System.Net;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class AdminSecurityTests
{
    private static readonly AdminEndpoint[] s_linkerds =
    [
        AdminLab.Echo("/", AdminClass.Ui),
        AdminLab.Echo("/files/*", AdminClass.Ui),
        AdminLab.Echo("/config.json", AdminClass.Ui),
        AdminLab.Echo("/metrics.json", AdminClass.Ui),
        AdminLab.Echo("/delegator", AdminClass.Ui),
        AdminLab.Echo("/logging", AdminClass.Ui),
        AdminLab.Echo("/help", AdminClass.Ui),
        AdminLab.Echo("/admin/shutdown", AdminClass.Control),
        AdminLab.Echo("/logging.json", AdminClass.Control),
        AdminLab.Echo("/admin/threads"),
        AdminLab.Echo("/foobar"),
        AdminLab.Echo("/foobaz"),
        AdminLab.Echo("/foobaf"),
        AdminLab.Echo("/abc/def"),
        AdminLab.Echo("/abc/def/*"),
        AdminLab.Echo("/sth/else"),
    ];

    private static readonly AdminSecurityConfig s_uiOnly = AdminSecurityConfig.Default with { ControlEnabled = false, DiagnosticsEnabled = false };

    /// <summary>The six situations of Linkerd's own tests: what is on, the lists, the paths that answer, the paths that do not.</summary>
    public static TheoryData<string, string[], string[]> Linkerds => new()
    {
        {
            "ui",
            [
                "/?router=out", "/files/css/lib/bootstrap.min.css", "/files/images/linkerd-horizontal-white-transbg-vectorized.svg",
                "/files/css/fonts/SourceSansPro-300.woff2", "/config.json", "/metrics.json", "/delegator?router=out", "/logging", "/help",
            ],
            ["/admin/shutdown", "/admin/threads"]
        },
        {
            "ui and a whitelist",
            ["/?router=out", "/files/css/lib/bootstrap.min.css", "/config.json", "/foobar", "/foobaz", "/abc/def/ghi"],
            ["/foobaf", "/abc/def", "/admin/shutdown", "/admin/threads"]
        },
        {
            "a whitelist",
            ["/foobar", "/foobaz", "/abc/def/ghi"],
            ["/?router=out", "/files/css/lib/bootstrap.min.css", "/foobaf", "/abc/def", "/admin/shutdown", "/admin/threads"]
        },
        { "ui and control", ["/admin/shutdown", "/logging.json"], ["/sth/else"] },
        { "a blacklist", ["/files/css/lib/bootstrap.min.css", "/files/css/lib/fonts.css"], ["/help"] },
        { "both lists", ["/files/css/lib/bootstrap.min.css", "/files/css/lib/fonts.css"], ["/help"] },
    };

    [Theory]
    [MemberData(nameof(Linkerds))]
    public async Task PathsAnswer_AsInLinkerd(string situation, string[] answering, string[] hidden)
    {
        AdminSecurityConfig config = situation switch
        {
            "ui" => s_uiOnly,
            "ui and a whitelist" => s_uiOnly with { PathWhitelist = ["^/fooba[rz]$", "^/abc/def/.*$"] },
            "a whitelist" => s_uiOnly with { UiEnabled = false, PathWhitelist = ["^/fooba[rz]$", "^/abc/def/.*$"] },
            "ui and control" => AdminSecurityConfig.Default with { DiagnosticsEnabled = false },
            "a blacklist" => AdminSecurityConfig.Default with { PathBlacklist = ["^/help$"] },
            _ => AdminSecurityConfig.Default with { PathWhitelist = ["^/help$"], PathBlacklist = ["^/help$"] },
        };
        await using AdminLab lab = await new AdminLab().StartAsync(config, s_linkerds);

        foreach (string path in answering) Assert.Equal((path, HttpStatusCode.OK), (path, (await lab.SendAsync(HttpMethod.Get, path)).Status));
        foreach (string path in hidden) Assert.Equal((path, HttpStatusCode.NotFound), (path, (await lab.SendAsync(HttpMethod.Get, path)).Status));
    }

    [Fact]
    public async Task AHiddenPath_AnswersAsOneThatNeverWas()
    {
        await using AdminLab lab = await new AdminLab().StartAsync(AdminSecurityConfig.Default with { DiagnosticsEnabled = false }, s_linkerds);

        AdminLab.Answer hidden = await lab.SendAsync(HttpMethod.Delete, "/sth/else");
        AdminLab.Answer unknown = await lab.SendAsync(HttpMethod.Delete, "/never/was");
        AdminLab.Answer gone = await lab.SendAsync(HttpMethod.Get, "/admin/registry.json");

        Assert.Equal(unknown, hidden);
        Assert.DoesNotContain("client_state", gone.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/help", "/help/", false)]
    [InlineData("/help/", "/help", true)]
    [InlineData("/hel", "/help", true)]
    [InlineData("elp", "/help", true)]
    [InlineData("/a|/help", "/help", false)]
    [InlineData("/help", "/HELP", true)]
    [InlineData("(?i)/help", "/HELP", false)]
    [InlineData("/(admin|help)", "/help", false)]
    [InlineData("/(?!admin).*", "/help", false)]
    [InlineData("/(?!admin).*", "/admin", true)]
    public void ABlacklistedExpression_MustMatchThePathWhole(string expression, string path, bool allowed)
    {
        AdminSecurity security = new(AdminSecurityConfig.Default with { PathBlacklist = [expression] });

        Assert.Equal(allowed, security.Allows(AdminClass.Ui, path));
    }

    /// <summary>A dot of the lists is any character, so that no path slips by with a line break in it.</summary>
    [Fact]
    public void ALineBreakInAPath_OpensNothing()
    {
        AdminSecurity security = new(AdminSecurityConfig.Default with { PathBlacklist = ["/namer_state/.*"] });

        Assert.False(security.Allows(AdminClass.Diagnostics, "/namer_state/\nx.json"));
    }

    [Fact]
    public void AnExpressionThatTakesForEver_OpensNothing()
    {
        const string Matching = "/(a+)+";
        string path = "/" + new string('a', 1_000_000);
        AdminSecurity black = new(AdminSecurityConfig.Default with { PathBlacklist = ["/(a+)+b"] }, TimeSpan.FromTicks(1));
        AdminSecurity white = new(s_uiOnly with { PathWhitelist = [Matching] }, TimeSpan.FromTicks(1));

        Assert.False(black.Allows(AdminClass.Diagnostics, path));
        Assert.False(white.Allows(AdminClass.Diagnostics, path));
    }
}
