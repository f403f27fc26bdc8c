using LlamaFp4.Bench;
using LlamaFp4.Bench.Chat;
using LlamaFp4.Bench.Engine;
using LlamaFp4.Bench.LlamaCpp;
using LlamaFp4.Bench.Wire;

switch (args)
{
    case ["engine", .. var options]:
        await EngineBench.RunAsync(EngineOptions.Parse(options));
        return 0;

    case ["context", .. var options]:
        await ContextBench.RunAsync(EngineOptions.Parse(["--shape", "long", .. options], "--json", "--streams", "--prompt"));
        return 0;

    case ["llamacpp", var libraries, var format, .. var options]:
        LlamaCppBench.Run(libraries, format, EngineOptions.Parse(options, "--json", "--model", "--numerics", "--head", "--kv", "--pin"));
        return 0;

    case ["chat"] or ["chat", "--json"]:
        await ChatBench.RunAsync(asJson: args.Length > 1);
        return 0;

    case ["wire", .. var options]:
        await WireBench.RunAsync(WireOptions.Parse(options));
        return 0;

    case ["abort", .. var options]:
        await AbortBench.RunAsync(WireOptions.Parse(options).Paths);
        return 0;

    case ["wire-server", var path, var pace]:
        await StandInProcess.ServeAsync(path, isPaced: pace == "paced");
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
            Usage: dotnet run -c Release --project bench -- engine [--shape pocket|long|1b|8b] [--context 4096] [--model DIR] [--numerics fast|exact] [--head bf16|int8]
                                                                   [--kv 16|8] [--threads 1,2] [--streams 1,4,8] [--prompt 512] [--tokens 128] [--pin] [--json]
                   dotnet run -c Release --project bench -- context [--shape long|pocket] [--context 131072] [--model DIR] [--numerics fast|exact] [--head bf16|int8] [--kv 16|8] [--threads 2] [--tokens 128] [--pin]
                   dotnet run -c Release --project bench -- llamacpp LIBRARIES q4_0|mxfp4|nvfp4|FILE.gguf [--shape pocket|1b|8b] [--threads 1,2] [--streams 1,4,8] [--prompt 512] [--tokens 128]
                   dotnet run -c Release --project bench -- chat [--json]
                   dotnet run -c Release --project bench -- wire [--paths smg,frames,openengine,http,openai] [--streams 1,64,256,1024] [--tokens 1000000] [--soak MINUTES]
                   dotnet run -c Release --project bench -- abort [--paths smg,openengine,http]
                   dotnet run -c Release --project bench -- guide [--model DIR]
                   dotnet run -c Release --project bench -- evaluate CASES.json [--model DIR]
            """);
        return 1;
}
