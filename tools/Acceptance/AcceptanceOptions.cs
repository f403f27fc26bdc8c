using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LlamaFp4.Acceptance;

/// <summary>The command line.</summary>
internal sealed record AcceptanceOptions
{
    public const string Usage = """
        Runs everything that a live server has to show, and writes a report.

        Usage: dotnet run --project tools/Acceptance -- --endpoint URI --model DIR [options]

          --endpoint URI     the trtllm-serve to accept, for example http://127.0.0.1:8000 or smg://127.0.0.1:50051;
                             without it the CPU session is run through the same checks
          --model DIR        the checkpoint it runs; its .json files are enough, weights are not read
          --report FILE      where to write the report; default: acceptance.md
          --streams N        most streams at once; default: 128
          --long-prompt N    tokens of the long prompt; default: as many as the context holds
          --help             show this text

        The bearer token of a proxy is taken from the environment variable LLAMAFP4_BEARER_TOKEN.
        Exit code: 0 if no check failed, 1 if one did, 2 if it could not begin.
        """;

    public Uri? Endpoint { get; init; }

    public string? Model { get; init; }

    public string Report { get; init; } = "acceptance.md";

    public int Streams { get; init; } = 128;

    public int? LongPromptTokens { get; init; }

    public bool Help { get; init; }

    public static bool TryParse(string[] arguments, [NotNullWhen(true)] out AcceptanceOptions? options, [NotNullWhen(false)] out string? complaint)
    {
        var parsed = new AcceptanceOptions();
        options = null;
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (arguments[i] is "--help" or "-h")
            {
                options = parsed with { Help = true };
                complaint = null;
                return true;
            }

            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            if (parsed.With(arguments[i], value) is not { } next)
            {
                complaint = $"'{arguments[i]} {value}' is not understood. --help lists the options.";
                return false;
            }

            parsed = next;
        }

        complaint = parsed is { Endpoint: not null, Model: null } ? "--endpoint needs --model, the checkpoint that runs there." : null;
        options = complaint is null ? parsed : null;
        return complaint is null;
    }

    private AcceptanceOptions? With(string name, string value) => name switch
    {
        "--endpoint" when Uri.TryCreate(value, UriKind.Absolute, out var endpoint) && endpoint.Host.Length > 0 => this with { Endpoint = endpoint },
        "--model" when value.Length > 0 => this with { Model = value },
        "--report" when value.Length > 0 => this with { Report = value },
        "--streams" when ToCount(value) is { } streams => this with { Streams = streams },
        "--long-prompt" when ToCount(value) is { } tokens => this with { LongPromptTokens = tokens },
        _ => null,
    };

    private static int? ToCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;
}
