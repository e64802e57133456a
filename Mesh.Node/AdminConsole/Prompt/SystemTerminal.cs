namespace Mesh.Node.AdminConsole.Prompt;

/// <summary>The terminal that the process was started on.</summary>
internal sealed class SystemTerminal : ITerminal
{
    private const int DefaultWidth = 80;

    /// <summary>Whether lines can be edited there: keys come one by one, and it knows the usual sequences.</summary>
    public static bool IsThere =>
        !Console.IsInputRedirected && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public int Width
    {
        get
        {
            int width = Console.WindowWidth;
            return width > 0 ? width : DefaultWidth;
        }
    }

    public ConsoleKeyInfo ReadKey()
    {
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    public void Write(string text) => Console.Out.Write(text);

    public IDisposable OnInterrupt(Action interrupted) => new Interrupt(interrupted);

    private sealed class Interrupt : IDisposable
    {
        private readonly Action _interrupted;

        public Interrupt(Action interrupted)
        {
            _interrupted = interrupted;
            Console.CancelKeyPress += OnPress;
        }

        public void Dispose() => Console.CancelKeyPress -= OnPress;

        private void OnPress(object? sender, ConsoleCancelEventArgs press)
        {
            press.Cancel = true;
            _interrupted();
        }
    }
}
