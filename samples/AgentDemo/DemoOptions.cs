using System.Diagnostics.CodeAnalysis;

namespace AgentDemo;

/// <summary>The command line.</summary>
internal sealed record DemoOptions(string? Model = null, string? Prompt = null, bool Help = false)
{
    public const string Usage = """
        Talk to a house: a Semantic Kernel agent on a local LlamaFp4 model.

        Usage: dotnet run --project samples/AgentDemo -- [options]

          --model DIR     run this checkpoint directory instead of the pocket model
          --prompt TEXT   answer once and leave
          --help          show this text

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
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--help" or "-h" or "-?":
                    parsed = parsed with { Help = true };
                    break;
                case "--model" or "--prompt" when string.IsNullOrWhiteSpace(value):
                    complaint = $"{args[i]} needs a value. --help lists the options.";
                    return false;
                case "--model":
                    parsed = parsed with { Model = value };
                    i++;
                    break;
                case "--prompt":
                    parsed = parsed with { Prompt = value };
                    i++;
                    break;
                default:
                    complaint = $"Unknown option '{args[i]}'. --help lists the options.";
                    return false;
            }
        }

        options = parsed;
        return true;
    }
}
