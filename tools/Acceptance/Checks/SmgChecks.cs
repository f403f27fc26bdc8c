using Grpc.Core;
using LlamaFp4.Native.TensorRtLlm.Grpc;
using LlamaFp4.Native.TensorRtLlm.Smg;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>Fields of the SMG wire that the session does not use, because what servers make of them is not known.</summary>
internal static class SmgChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("SMG: what does embedding_bias do that is as long as the vocabulary without added tokens?",
            (target, cancellationToken) => BiasAsync(target, target.Tokenizer.OrdinaryVocabularySize, cancellationToken)),
        new("SMG: what does embedding_bias do that is as long as the logits?",
            (target, cancellationToken) => BiasAsync(target, target.Model.VocabularySize, cancellationToken)),
        new("SMG: what does the server say to max_tokens = 0?", NoTokensAsync),
    ];

    private static Task<Finding> BiasAsync(AcceptanceTarget target, int length, CancellationToken cancellationToken)
    {
        var wanted = target.Tokenizer.Encode("!")[0];
        return AskAsync(
            target,
            request =>
            {
                request.EmbeddingBias.AddRange(new float[length]);
                request.EmbeddingBias[wanted] = 100;
            },
            tokens => tokens is [var only] && only == wanted ? "Obeyed" : $"Ignored: {string.Join(", ", tokens)} came, not {wanted}",
            cancellationToken);
    }

    private static Task<Finding> NoTokensAsync(AcceptanceTarget target, CancellationToken cancellationToken) =>
        AskAsync(target, request => request.MaxTokens = 0, tokens => $"It sent {tokens.Count} tokens", cancellationToken);

    /// <summary>Whatever the answer is, the session does not depend on it; that there is one is all that is asked.</summary>
    private static async Task<Finding> AskAsync(AcceptanceTarget target, Action<GenerateRequest> edit, Func<IReadOnlyList<uint>, string> describe, CancellationToken cancellationToken)
    {
        if (target.Server is not { Protocol: "SMG" } server)
        {
            return Finding.NotApplicable("The server does not speak SMG");
        }

        var message = SmgRequest.Of(Guid.NewGuid().ToString("N"), server.ToRequest(target.Encode("The capital of France is"), 1));
        edit(message);
        using var channels = new GrpcChannels(server.Address, server.Options);
        List<uint> tokens = [];
        try
        {
            using var call = new TrtllmService.TrtllmServiceClient(channels.Control).Generate(message, channels.Headers, null, cancellationToken);
            await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                tokens.AddRange(response.Chunk?.TokenIds ?? []);
            }

            return Finding.Pass(describe(tokens));
        }
        catch (RpcException exception)
        {
            return Finding.Pass($"Refused with {exception.StatusCode}: {exception.Status.Detail}");
        }
    }
}
