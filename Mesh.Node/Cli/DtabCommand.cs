using System.Collections.Immutable;
using System.CommandLine;
using Mesh.Discovery.Names;
using Mesh.Node.Config;
using Mesh.Node.Dtabs;
using Mesh.Routing.Dtabs;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Cli;

/// <summary><c>mesh dtab parse</c> and <c>mesh dtab eval</c>: read a dtab, explain a name.</summary>
internal static class DtabCommand
{
    public static Command Create(CommandContext context) =>
        new("dtab", "Read a dtab, or explain step by step what a name is bound to.") { Parse(context), Eval(context) };

    private static Command Parse(CommandContext context)
    {
        Argument<string?> text = new("TEXT") { Description = "A dtab, such as '/svc => /#/io.l5d.fs'.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> stdin = StandardInput("Read a dtab a line from standard input; each gets one line.");
        var command = new Command("parse", "Print a dtab in its canonical form; exit 1 if it is none.") { text, stdin };
        command.SetAction((parsed, cancel) => Answering(context, () => ParseAsync(parsed.GetValue(text), parsed.GetValue(stdin), context, cancel)));
        return command;
    }

    private static async Task<int> ParseAsync(string? text, bool stdin, CommandContext context, CancellationToken cancel)
    {
        if (stdin == (text is not null)) return Refuse(context, "give either TEXT or --stdin");
        if (stdin)
        {
            using Stream input = context.OpenStandardInput();
            await LineAnswers.RunAsync(input, context.Answers, static line => Task.FromResult(LineAnswers.Parse(line)), cancel).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        if (!Dtab.TryParse(text!, out Dtab? dtab, out SyntaxError? error)) return Refuse(context, error.ToString());
        context.Answers.WriteLine(dtab);
        return ExitCodes.Success;
    }

    private static Command Eval(CommandContext context)
    {
        Argument<string?> path = new("PATH") { Description = "A name, such as /svc/web.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> dtab = new("--dtab") { Description = "The rules; with --config they win over the router's.", HelpName = "TEXT" };
        Option<string?> config = new("--config") { Description = "Take the rules and namers of this config; nothing is started.", HelpName = "FILE" };
        Option<string?> router = new("--router") { Description = "The router of the config; the first unless given.", HelpName = "LABEL" };
        Option<string?> admin = new("--admin")
        {
            Description = "Ask a running node, which knows the fleet's rules and services: by its router, or by --namespace.", HelpName = "HOST:PORT",
        };
        Option<string?> @namespace = new("--namespace")
        {
            Description = "With --admin: by this namespace of the fleet, and --dtab.", HelpName = "NAME",
        };
        Option<string[]> set = ConfigArguments.Set();
        Option<bool> stdin = StandardInput("Read DTAB<TAB>PATH, or PATH, a line from standard input; each gets one line.");
        var command = new Command(
            "eval",
            $"Explain what a name is bound to; exit {ExitCodes.Unbound} if it binds to nothing. Hosts are taken to be there; DNS is not asked.")
        {
            path, dtab, config, router, admin, @namespace, set, stdin,
        };
        command.SetAction((parsed, cancel) => Answering(context, () => EvalAsync(
            new EvalRequest(
                parsed.GetValue(path),
                parsed.GetValue(dtab),
                parsed.GetValue(config),
                parsed.GetValue(router),
                parsed.GetValue(set) ?? [],
                parsed.GetValue(stdin))
            {
                Admin = parsed.GetValue(admin),
                Namespace = parsed.GetValue(@namespace),
            },
            context,
            cancel)));
        return command;
    }

    private static async Task<int> EvalAsync(EvalRequest request, CommandContext context, CancellationToken cancel)
    {
        if (request.IsStdin == (request.Path is not null)) return Refuse(context, "give either PATH or --stdin");
        if (request.Admin is not null) return await AskAsync(request, context, cancel).ConfigureAwait(false);
        if (request.Namespace is not null) return Refuse(context, "--namespace needs --admin: only a running node knows the fleet's namespaces");
        if (request.IsStdin && request.Config == ConfigText.StandardInput)
            return Refuse(context, "--stdin and --config - cannot both read standard input");
        if (request.Config is null && request.Router is not null) return Refuse(context, "--router needs --config or --admin");
        if (!Dtab.TryParse(request.Dtab ?? "", out Dtab? rules, out SyntaxError? dtabError)) return Refuse(context, $"--dtab: {dtabError}");
        RouterConfig? router = null;
        ImmutableArray<NamerConfig> namers = [];
        ImmutableArray<HostedServiceConfig> services = [];
        if (request.Config is { } file)
        {
            ConfigResult loaded = ConfigLoader.LoadFile(file, request.Assignments, context.Hooks, context.OpenStandardInput);
            ConfigArguments.Print(loaded, context.Error);
            if (loaded.Config is not { } config) return ExitCodes.BadInput;
            router = request.Router is { } label ? config.Routers.FirstOrDefault(router => router.Label == label) : config.Routers[0];
            if (router is null)
            {
                string labels = string.Join(", ", config.Routers.Select(static router => router.Label));
                return Refuse(context, $"--router is `{request.Router}`; the config has {labels}");
            }
            (namers, services) = (config.Namers, config.Services);
            if (!RouterRules.TryRead(router, out Dtab? routerRules, out string? fault)) return Refuse(context, fault);
            rules = routerRules + rules;
        }
        using var world = new DtabWorld(namers, router?.Interpreter.Transformers ?? [], TimeProvider.System, context.Error, services);
        var evaluator = new DtabEvaluator(rules, world, TimeProvider.System);
        if (!request.IsStdin) return await ExplainAsync(request.Path!, evaluator, context, cancel).ConfigureAwait(false);
        using Stream input = context.OpenStandardInput();
        await LineAnswers.RunAsync(input, context.Answers, line => LineAnswers.EvalAsync(line, evaluator, cancel), cancel).ConfigureAwait(false);
        return ExitCodes.Success;
    }

    private static async Task<int> AskAsync(EvalRequest request, CommandContext context, CancellationToken cancel)
    {
        if (request.IsStdin || request.Config is not null) return Refuse(context, "--admin asks a running node; leave --config and --stdin");
        if (request is { Namespace: not null, Router: not null }) return Refuse(context, "give either --namespace or --router");
        if (request is { Namespace: null, Dtab: not null })
            return Refuse(context, "--dtab with --admin needs --namespace; a router goes by its own rules");
        if (!Dtab.TryParse(request.Dtab ?? "", out Dtab? rules, out SyntaxError? error)) return Refuse(context, $"--dtab: {error}");
        if (!Path.TryParse(request.Path!, out Path? path, out error)) return Refuse(context, $"PATH: {error}");
        string address = request.Admin!.Contains("://", StringComparison.Ordinal) ? request.Admin : "http://" + request.Admin;
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? node)) return Refuse(context, $"--admin is `{request.Admin}`; such as 127.0.0.1:9990");
        NodeQuestion question = new(node, request.Namespace, request.Router, rules.ToString());
        return await question.ExplainAsync(path, context, cancel).ConfigureAwait(false);
    }

    private static async Task<int> ExplainAsync(string text, DtabEvaluator evaluator, CommandContext context, CancellationToken cancel)
    {
        if (!Path.TryParse(text, out Path? path, out SyntaxError? error)) return Refuse(context, $"PATH: {error}");
        BindResult result = await evaluator.BindAsync(path, Dtab.Empty, cancel).ConfigureAwait(false);
        context.Answers.Write(BindExplanation.Of(result, evaluator.RulesWith(Dtab.Empty)));
        return result is BindResult.Resolved { Failure: null } ? ExitCodes.Success : ExitCodes.Unbound;
    }

    /// <summary>A full disk, or a pipe that nobody reads any more, ends the command with a line.</summary>
    private static async Task<int> Answering(CommandContext context, Func<Task<int>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            context.Error.WriteLine("error: " + fault.Message);
            return ExitCodes.Broken;
        }
    }

    private static Option<bool> StandardInput(string description) => new("--stdin") { Description = description };

    private static int Refuse(CommandContext context, string message)
    {
        context.Error.WriteLine("error: " + message);
        return ExitCodes.BadInput;
    }

    /// <summary>The arguments of <c>eval</c> as they were written.</summary>
    private sealed record EvalRequest(string? Path, string? Dtab, string? Config, string? Router, string[] Assignments, bool IsStdin)
    {
        public string? Admin { get; init; }

        public string? Namespace { get; init; }
    }
}
