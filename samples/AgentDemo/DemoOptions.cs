using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AgentDemo.Scenarios;

namespace AgentDemo;

/// <summary>The command line.</summary>
internal sealed record DemoOptions(
    string? Model = null,
    string Agent = "house",
    string? Prompt = null,
    string? Conversation = null,
    bool Yes = false,
    bool Json = false,
    bool Web = false,
    int? Port = null,
    bool Doctor = false,
    Uri? Endpoint = null,
    int? TensorParallelSize = null,
    int? ContextLength = null,
    bool Help = false,
    bool IsInputRedirected = false)
{
    public const int DefaultPort = 5405;

    public const string Usage = """
        Talk to an agent: Semantic Kernel on a local LlamaFp4 model.

        Usage: dotnet run --project samples/AgentDemo -- [options]

          --agent NAME           house (default), operations or clerk
          --model DIR            run this checkpoint directory instead of the pocket model
          --prompt TEXT          answer once and leave
          --conversation FILE    go on with this conversation, and keep it there
          --json                 print every event as a line of JSON; questions are --prompt or the lines of the input
          --yes                  with --prompt or --json: allow dangerous tools, which are refused otherwise
          --web                  serve a chat page on this machine instead
          --port N               of the chat page; default: 5405
          --help                 show this text

          --doctor               check what this machine can run, and leave: exit code 1 if something has to be done first; --json prints JSON
          --endpoint URI         check this trtllm-serve too, for example http://127.0.0.1:8000
          --tensor-parallel N    GPUs that share the model; default: all of this machine
          --context N            tokens of prompt and answer that must fit; default: the model's limit

        In a terminal you talk; Ctrl+C stops an answer, a second one leaves. Before a dangerous tool runs you are asked.
        With redirected input the agent's scripted conversation is played, and the exit code is 1 if it did not go as it should.
        """;

    private bool AsksNothing => this is { Prompt: null, Json: false };

    /// <summary>Whether a person asks.</summary>
    public bool IsTalk => AsksNothing && !IsInputRedirected;

    /// <summary>Whether the script asks, because nobody else does.</summary>
    public bool IsScript => AsksNothing && IsInputRedirected;

    /// <param name="args">The arguments.</param>
    /// <param name="isInputRedirected">Whether no person can type.</param>
    /// <param name="options">What they say.</param>
    /// <param name="complaint">Why they cannot be understood.</param>
    public static bool TryParse(
        string[] args, bool isInputRedirected, [NotNullWhen(true)] out DemoOptions? options, [NotNullWhen(false)] out string? complaint)
    {
        var parsed = new DemoOptions(IsInputRedirected: isInputRedirected);
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

        complaint = parsed.Contradiction();
        options = complaint is null ? parsed : null;
        return complaint is null;
    }

    private string? Contradiction() => this switch
    {
        { Doctor: false } and ({ Endpoint: not null } or { TensorParallelSize: not null } or { ContextLength: not null }) =>
            "--endpoint, --tensor-parallel and --context go with --doctor. --help lists the options.",
        { Web: true } and ({ Prompt: not null } or { Json: true } or { Conversation: not null } or { Yes: true } or { Doctor: true }) =>
            "--web goes with --agent, --model and --port only. --help lists the options.",
        { Web: false, Port: not null } => "--port goes with --web. --help lists the options.",
        { Yes: true, AsksNothing: true } => "--yes goes with --prompt or --json: in a terminal you are asked. --help lists the options.",
        { Conversation: not null, IsScript: true, Doctor: false, Help: false } =>
            "--conversation goes with a terminal, --prompt or --json: with redirected input the scripted conversation is played. --help lists the options.",
        _ => null,
    };

    private DemoOptions? WithFlag(string name) => name switch
    {
        "--help" or "-h" or "-?" => this with { Help = true },
        "--doctor" => this with { Doctor = true },
        "--json" => this with { Json = true },
        "--yes" => this with { Yes = true },
        "--web" => this with { Web = true },
        _ => null,
    };

    private bool TryWithValue(string name, string? value, [NotNullWhen(true)] out DemoOptions? options, [NotNullWhen(false)] out string? complaint)
    {
        options = null;
        complaint = null;
        if (name is not ("--model" or "--agent" or "--prompt" or "--conversation" or "--port" or "--endpoint" or "--tensor-parallel" or "--context"))
        {
            complaint = $"Unknown option '{name}'. --help lists the options.";
        }
        else if (string.IsNullOrWhiteSpace(value))
        {
            complaint = $"{name} needs a value. --help lists the options.";
        }
        else
        {
            options = WithValue(name, value);
            complaint = options is null ? $"{name} cannot be '{value}': expected {ExpectationOf(name)}." : null;
        }

        return options is not null;
    }

    private DemoOptions? WithValue(string name, string value) => name switch
    {
        "--model" => this with { Model = value },
        "--agent" => Scenario.Find(value) is { } scenario ? this with { Agent = scenario.Name } : null,
        "--prompt" => this with { Prompt = value },
        "--conversation" => this with { Conversation = value },
        "--port" => ToCount(value) is { } port and <= 65_535 ? this with { Port = port } : null,
        "--endpoint" => ToEndpoint(value) is { } endpoint ? this with { Endpoint = endpoint } : null,
        "--tensor-parallel" => ToCount(value) is { } count ? this with { TensorParallelSize = count } : null,
        "--context" => ToCount(value) is { } length ? this with { ContextLength = length } : null,
        _ => null,
    };

    private static string ExpectationOf(string name) => name switch
    {
        "--agent" => string.Join(" or ", Scenario.All.Select(scenario => scenario.Name)),
        "--port" => "a port from 1 to 65535",
        "--endpoint" => "a URI such as http://127.0.0.1:8000",
        _ => "a whole number, at least 1",
    };

    private static Uri? ToEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Host.Length > 0 ? endpoint : null;

    private static int? ToCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;
}
