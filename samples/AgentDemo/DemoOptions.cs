using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AgentDemo;

/// <summary>The command line.</summary>
internal sealed record DemoOptions(
    string? Model = null,
    string? Prompt = null,
    bool Doctor = false,
    bool Json = false,
    Uri? Endpoint = null,
    int? TensorParallelSize = null,
    int? ContextLength = null,
    bool Help = false)
{
    public const string Usage = """
        Talk to a house: a Semantic Kernel agent on a local LlamaFp4 model.

        Usage: dotnet run --project samples/AgentDemo -- [options]

          --model DIR     run this checkpoint directory instead of the pocket model
          --prompt TEXT   answer once and leave
          --help          show this text

          --doctor                 check what this machine can run, and leave: exit code 1 if something has to be done first
          --json                   with --doctor: print JSON
          --endpoint URI           check this trtllm-serve too, for example http://127.0.0.1:8000
          --tensor-parallel N      GPUs that share the model; default: all of this machine
          --context N              tokens of prompt and answer that must fit; default: the model's limit

        In a terminal you talk; Ctrl+C stops an answer, a second one leaves.
        With redirected input a scripted conversation is played, and the exit code is 1 if a tool was not called as it should be.
        """;

    public static bool TryParse(string[] args, [NotNullWhen(true)] out DemoOptions? options, [NotNullWhen(false)] out string? complaint)
    {
        var parsed = new DemoOptions();
        options = null;
        complaint = null;

        for (var i = 0; i < args.Length; i++)
        {
            if (parsed.WithFlag(args[i]) is { } flagged)
            {
                parsed = flagged;
                continue;
            }

            var value = i + 1 < args.Length ? args[i + 1] : null;
            if (!parsed.TryWithValue(args[i], value, out var valued, out complaint))
            {
                return false;
            }

            parsed = valued;
            i++;
        }

        if (parsed is { Doctor: false } and ({ Json: true } or { Endpoint: not null } or { TensorParallelSize: not null } or { ContextLength: not null }))
        {
            complaint = "--json, --endpoint, --tensor-parallel and --context go with --doctor. --help lists the options.";
            return false;
        }

        options = parsed;
        return true;
    }

    private DemoOptions? WithFlag(string name) => name switch
    {
        "--help" or "-h" or "-?" => this with { Help = true },
        "--doctor" => this with { Doctor = true },
        "--json" => this with { Json = true },
        _ => null,
    };

    private bool TryWithValue(string name, string? value, [NotNullWhen(true)] out DemoOptions? options, [NotNullWhen(false)] out string? complaint)
    {
        complaint = null;
        options = name switch
        {
            "--model" => this with { Model = value },
            "--prompt" => this with { Prompt = value },
            "--endpoint" => this with { Endpoint = ToEndpoint(value) },
            "--tensor-parallel" => this with { TensorParallelSize = ToCount(value) },
            "--context" => this with { ContextLength = ToCount(value) },
            _ => null,
        };

        if (options is null)
        {
            complaint = $"Unknown option '{name}'. --help lists the options.";
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            complaint = $"{name} needs a value. --help lists the options.";
        }
        else if (name == "--endpoint" && options.Endpoint is null)
        {
            complaint = $"--endpoint cannot be '{value}': expected a URI such as http://127.0.0.1:8000.";
        }
        else if ((name == "--tensor-parallel" && options.TensorParallelSize is null) || (name == "--context" && options.ContextLength is null))
        {
            complaint = $"{name} cannot be '{value}': expected a whole number, at least 1.";
        }

        return complaint is null;
    }

    private static Uri? ToEndpoint(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Host.Length > 0 ? endpoint : null;

    private static int? ToCount(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;
}
