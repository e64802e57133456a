using Mesh.Bench;

if (args.Length == 0 || !Benchmarks.All.TryGetValue(args[0], out Func<Options, Task<int>>? run))
{
    Console.Error.WriteLine($"""
        usage: dotnet run -c Release --project bench/Mesh.Bench -- WHAT [--proxies mesh,haproxy,nginx] [--out bench/results] ...

        {string.Join("\n", Benchmarks.Usage)}
        """);
    return 2;
}

try
{
    return await run(Options.Parse(args[1..]));
}
catch (BenchException why)
{
    Console.Error.WriteLine(why.Message);
    return 1;
}
