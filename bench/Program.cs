using LlamaFp4.Bench;
using LlamaFp4.Bench.Chat;

switch (args)
{
    case ["engine", .. var options]:
        await EngineBench.RunAsync(BenchOptions.Parse(options));
        return 0;

    case ["chat"] or ["chat", "--json"]:
        await ChatBench.RunAsync(asJson: args.Length > 1);
        return 0;

    case ["guide"]:
        GuideBench.Run(GuideBench.DefaultDirectory);
        return 0;

    case ["guide", "--model", var directory]:
        GuideBench.Run(directory);
        return 0;

    case ["evaluate", var cases]:
        await ToolCallEvaluation.RunAsync(cases, null);
        return 0;

    case ["evaluate", var cases, "--model", var directory]:
        await ToolCallEvaluation.RunAsync(cases, directory);
        return 0;

    default:
        Console.WriteLine("""
            Usage: dotnet run -c Release --project bench -- engine [--model DIR | --shape pocket|1b|8b] [--numerics fast|exact] [--head bf16|int8]
                                                                   [--threads 1,2] [--prompt 512] [--tokens 128]
                   dotnet run -c Release --project bench -- chat [--json]
                   dotnet run -c Release --project bench -- guide [--model DIR]
                   dotnet run -c Release --project bench -- evaluate CASES.json [--model DIR]
            """);
        return 1;
}
