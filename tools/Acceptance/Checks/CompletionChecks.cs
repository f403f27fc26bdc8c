using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>The prompts that NVIDIA's model card tries, sampled as it samples them.</summary>
internal static class CompletionChecks
{
    private const int Tokens = 64;

    // A model may end such a prompt at once, now and then.
    private const int Attempts = 8;

    private static readonly string[] Prompts =
    [
        "Hello, my name is",
        "The president of the United States is",
        "The capital of France is",
        "The future of AI is",
    ];

    public static IEnumerable<AcceptanceCheck> Tasks => Prompts.Select(prompt => new AcceptanceCheck(
        $"Prompt of the model card: \"{prompt}\"",
        (target, cancellationToken) => CompleteAsync(target, prompt, cancellationToken)));

    private static async Task<Finding> CompleteAsync(AcceptanceTarget target, string prompt, CancellationToken cancellationToken)
    {
        for (var seed = 1; ; seed++)
        {
            var request = new GenerationRequest
            {
                PromptTokenIds = target.Encode(prompt),
                MaxNewTokens = Tokens,
                Sampling = new SamplingParameters { Temperature = 0.8f, TopP = 0.95f, Seed = seed },
            };
            var answer = await target.Session.CollectAsync(request, cancellationToken);
            var text = target.Tokenizer.Decode([.. answer.TokenIds]);
            if (string.IsNullOrWhiteSpace(text) && seed < Attempts)
            {
                continue;
            }

            target.Transcript.Add((prompt, text));
            return Finding.PassIf(
                answer.Last.FinishReason is not null && !string.IsNullOrWhiteSpace(text),
                $"{answer.TokenIds.Count} tokens ({answer.Last.FinishReason}), the first after {Figure.Seconds(answer.TimeToFirstToken)}, one in {Figure.Seconds(answer.TimePerToken)}{(seed > 1 ? $"; {seed - 1} answers before had no words" : "")}");
        }
    }
}
