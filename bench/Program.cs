using LlamaFp4.Bench;

if (args is not ["engine", .. var options])
{
    Console.WriteLine("""
        Usage: dotnet run -c Release --project bench -- engine [--model DIR | --shape pocket|1b|8b] [--numerics fast|exact]
                                                               [--threads 1,2] [--prompt 512] [--tokens 128]
        """);
    return 1;
}

await EngineBench.RunAsync(BenchOptions.Parse(options));
return 0;
